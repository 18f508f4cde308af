// SPDX-License-Identifier: Apache-2.0

/// Why a YAML stream, or one of its documents, was refused. Messages name keys but never values, which may be secret.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The text is no YAML. What follows in the stream was not read.
        case syntax
        /// The text is not UTF-8, or holds control characters.
        case encoding
        /// A mapping has the same key twice.
        case duplicateKey = "duplicate-key"
        /// A key that cannot be the name of a JSON member: null, a mapping, a list, a huge integer.
        case unsupportedKey = "unsupported-key"
        /// A value that JSON cannot hold, or that is not what its tag says.
        case unsupportedValue = "unsupported-value"
        /// An alias without an anchor, or inside its own anchor.
        case alias
        /// What `<<` names is neither a mapping nor a list of mappings.
        case merge
        /// The stream is larger, deeper or longer than the limits.
        case limit
    }

    package let code: Code
    package let message: String
    /// The file as the caller named it.
    package let file: String
    /// `nil` where the error is the whole file's.
    package let position: SourcePosition?

    package init(_ code: Code, _ message: String, file: String, position: SourcePosition? = nil) {
        self.code = code
        self.message = message
        self.file = file
        self.position = position
    }

    package var description: String {
        guard let position else { return "\(file): \(message)" }
        return "\(file):\(position): \(message)"
    }
}
