// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_COPENSSL_H
#define TAFFRAIL_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

// BIO_get_mem_data is a macro, which Swift does not import.
static inline long taffrail_bio_memory(BIO *bio, char **data) {
    return BIO_get_mem_data(bio, data);
}

// EVP_PKEY_is_a and friends import; the numeric type does not.
static inline int taffrail_key_type(const EVP_PKEY *key) {
    return EVP_PKEY_get_base_id(key);
}

// SHA-256 as a plain value. Merkle trees hash millions of short messages, and for each of them EVP would allocate a
// context and look the algorithm up. The three functions always succeed.
typedef struct {
    SHA256_CTX state;
} taffrail_sha256;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static inline void taffrail_sha256_init(taffrail_sha256 *hash) {
    SHA256_Init(&hash->state);
}

static inline void taffrail_sha256_update(taffrail_sha256 *hash, const void *bytes, size_t count) {
    SHA256_Update(&hash->state, bytes, count);
}

static inline void taffrail_sha256_final(taffrail_sha256 *hash, void *digest) {
    SHA256_Final((unsigned char *)digest, &hash->state);
}

#pragma GCC diagnostic pop

#endif
