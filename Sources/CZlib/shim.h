// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CZLIB_H
#define TAFFRAIL_CZLIB_H

#include <zlib.h>

// `inflateInit` is a macro, which Swift does not import.
static inline int taffrail_inflate_init(z_stream *stream) {
    return inflateInit(stream);
}

#endif
