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

    /// Whether it comes before another string in the order of their UTF-16 code units.
    func precedesInUTF16(_ other: String) -> Bool {
        let (left, right) = (utf8, other.utf8)
        guard let (leftByte, rightByte) = zip(left, right).first(where: { $0 != $1 }) else {
            return left.count < right.count
        }
        // UTF-8 has the order of the scalars. In UTF-16 those beyond U+FFFF (bytes F0 and up) are surrogates, which come before U+E000 (EE and up).
        let isReversed = min(leftByte, rightByte) >= 0xEE && (leftByte < 0xF0) != (rightByte < 0xF0)
        return isReversed ? leftByte > rightByte : leftByte < rightByte
    }
}
