// SPDX-License-Identifier: Apache-2.0

/// Lays rows out in columns as kubectl does: upper-case heads, three spaces between, no rules.
struct TableWriter {
    private let head: [String]
    private var rows: [[String]] = []

    init(_ head: String...) {
        self.head = head
    }

    /// Adds a row; a cell that breaks its line is put on one.
    mutating func add(_ row: String...) {
        rows.append(row.map(\.onOneLine))
    }

    var lines: [String] {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : cell.padded(to: widths[column] + 3)
            }
            return line
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
