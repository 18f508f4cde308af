// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CCURL_H
#define TAFFRAIL_CCURL_H

#include <curl/curl.h>

// libcurl's setters and getters are variadic, which Swift cannot call: one typed door for each kind of argument.

static inline CURLcode taffrail_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode taffrail_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// libcurl copies the text. NULL takes the option back to nothing, which is not always its default.
static inline CURLcode taffrail_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

// libcurl copies the bytes.
static inline CURLcode taffrail_curl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

// For bytes whose number libcurl was told before: it copies them.
static inline CURLcode taffrail_curl_set_bytes(CURL *handle, CURLoption option, const void *bytes) {
    return curl_easy_setopt(handle, option, bytes != NULL ? bytes : "");
}

// libcurl keeps the pointer: it must outlive the transfer.
static inline CURLcode taffrail_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode taffrail_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*taffrail_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode taffrail_curl_set_data_callback(
    CURL *handle, CURLoption function, CURLoption data, taffrail_curl_data_callback callback, void *context
) {
    CURLcode code = curl_easy_setopt(handle, function, callback);
    return code == CURLE_OK ? curl_easy_setopt(handle, data, context) : code;
}

static inline CURLcode taffrail_curl_set_socket_callback(
    CURL *handle, curl_opensocket_callback callback, void *context
) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context) : code;
}

static inline CURLcode taffrail_curl_set_seek_callback(CURL *handle, curl_seek_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, callback);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_SEEKDATA, context) : code;
}

static inline CURLcode taffrail_curl_set_debug_callback(CURL *handle, curl_debug_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, callback);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_DEBUGDATA, context) : code;
}

static inline CURLcode taffrail_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode taffrail_curl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode taffrail_curl_get_socket(CURL *handle, curl_socket_t *value) {
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLcode taffrail_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, (char **)value);
}

static inline CURLMcode taffrail_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// The result lies in a union that only a CURLMSG_DONE message fills.
static inline CURLcode taffrail_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
