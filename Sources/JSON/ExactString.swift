// SPDX-License-Identifier: Apache-2.0

/// A string as a key of a dictionary or set that equals another only byte for byte.
///
/// To Swift's own equality, strings that Unicode calls equivalent are one; to JSON, YAML and Kubernetes they are two.
package struct ExactString: Sendable, Hashable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactString, right: ExactString) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Agrees with equality: the same bytes are equivalent, too.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
    /// Equality to the byte; hashing by `Hasher` agrees with it.
    package func hasSameBytes(as other: String) -> Bool {
        // The first comparison is quick to say no, the second is exact.
        self == other && utf8.elementsEqual(other.utf8)
    }
}
