// SPDX-License-Identifier: Apache-2.0

/// What a full verification found.
package struct VerificationReport: Sendable {
    /// Something that is not as the signed checkpoint says.
    package struct Problem: Sendable, Hashable, CustomStringConvertible {
        package let code: TransparencyLogError.Code
        /// Relative to the log's folder.
        package let file: String
        /// The index in the log of the (first) entry concerned, if it can be told.
        package let entry: UInt64?
        package let message: String

        init(_ code: TransparencyLogError.Code = .inconsistent, file: String, entry: UInt64? = nil, _ message: String) {
            self.code = code
            self.file = file
            self.entry = entry
            self.message = message
        }

        package var description: String {
            entry.map { "\(file): entry \($0): \(message)" } ?? "\(file): \(message)"
        }
    }

    package let checkpoint: Checkpoint
    /// Published checkpoints that were found consistent.
    package let publishedCheckpoints: Int
    /// Tile and bundle files that were read, the partial ones among them.
    package let files: Int
    /// Empty for a log that is what its checkpoint says.
    package let problems: [Problem]

    package var isValid: Bool { problems.isEmpty }
}
