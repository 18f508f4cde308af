// SPDX-License-Identifier: Apache-2.0

/// A place in a text. Both numbers count from 1; a column is one Unicode scalar wide.
package struct SourcePosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    /// As compilers print it: `line:column`.
    package var description: String { "\(line):\(column)" }
}
