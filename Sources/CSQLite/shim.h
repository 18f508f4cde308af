// SPDX-License-Identifier: Apache-2.0
#ifndef TAFFRAIL_CSQLITE_H
#define TAFFRAIL_CSQLITE_H

#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift does not import: SQLite copies the text.
static inline int taffrail_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text) {
    return sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

#endif
