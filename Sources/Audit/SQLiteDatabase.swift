// SPDX-License-Identifier: Apache-2.0

internal import CSQLite

/// A SQLite database, used from one thread at a time by whoever owns it.
final class SQLiteDatabase {
    private let handle: OpaquePointer
    private let path: String
    /// Statements by their text: what runs once for each object is compiled once.
    private var statements: [String: OpaquePointer] = [:]

    init(path: String) throws(AuditError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "code \(code)"
            sqlite3_close_v2(handle)
            throw AuditError(.index, "cannot open the index \(path): \(reason)")
        }
        self.handle = handle
        self.path = path
        sqlite3_busy_timeout(handle, 5_000)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    func execute(_ sql: String) throws(AuditError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// Runs one statement; each row is handed over as texts, in the columns' order.
    @discardableResult
    func run(_ sql: String, _ values: [String?] = []) throws(AuditError) -> [[String?]] {
        let statement = try compiled(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                value.map { taffrail_sqlite_bind_text(statement, place, $0) } ?? sqlite3_bind_null(statement, place)
            guard code == SQLITE_OK else { throw failure() }
        }
        var rows: [[String?]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        sqlite3_column_text(statement, column).map { String(cString: $0) }
                    }
                )
            case SQLITE_DONE: return rows
            default: throw failure()
            }
        }
    }

    private func compiled(_ sql: String) throws(AuditError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure() }
        statements[sql] = statement
        return statement
    }

    /// All or nothing.
    func transaction(_ body: () throws -> Void) throws {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    private func failure() -> AuditError {
        AuditError(
            .index,
            "the index \(path) cannot be used (it may be deleted): \(String(cString: sqlite3_errmsg(handle)))"
        )
    }
}
