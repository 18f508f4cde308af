// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CRE2_H
#define TAFFRAIL_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// RE2 with a C face: no exception and no type of C++ passes through it.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct taffrail_re2 taffrail_re2;

/// Compiles UTF-8. Never null: `taffrail_re2_error` tells whether it can be used.
/// `memory` bounds, in bytes, what the program and its automaton may take.
taffrail_re2 *taffrail_re2_new(const char *pattern, size_t length, int64_t memory);
void taffrail_re2_free(taffrail_re2 *expression);

/// What is wrong with the pattern; null if nothing is. It lives as long as the expression.
const char *taffrail_re2_error(const taffrail_re2 *expression);

/// Whether the whole text matches, or, where it need not be whole, some part of it. Safe from several threads at once.
bool taffrail_re2_matches(const taffrail_re2 *expression, const char *text, size_t length, bool whole);

#ifdef __cplusplus
}
#endif

#endif
