// SPDX-License-Identifier: Apache-2.0

#include "CRE2.h"

#include <re2/re2.h>

struct taffrail_re2 {
    RE2 expression;

    taffrail_re2(re2::StringPiece pattern, const RE2::Options &options) : expression(pattern, options) {}
};

taffrail_re2 *taffrail_re2_new(const char *pattern, size_t length, int64_t memory) {
    RE2::Options options;
    options.set_max_mem(memory);
    // It would write to standard error, where patterns do not belong.
    options.set_log_errors(false);
    return new taffrail_re2(re2::StringPiece(pattern, length), options);
}

void taffrail_re2_free(taffrail_re2 *expression) { delete expression; }

const char *taffrail_re2_error(const taffrail_re2 *expression) {
    return expression->expression.ok() ? nullptr : expression->expression.error().c_str();
}

bool taffrail_re2_matches(const taffrail_re2 *expression, const char *text, size_t length, bool whole) {
    const auto anchor = whole ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    return expression->expression.Match(re2::StringPiece(text, length), 0, length, anchor, nullptr, 0);
}
