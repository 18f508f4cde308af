// SPDX-License-Identifier: Apache-2.0

/// The words that a scan leaves behind.
enum JSONTape {
    /// Lengths have 27 bits and offsets 32.
    static let maximumLength = (1 << 27) - 1

    enum Tag: UInt8, Sendable {
        case null
        case `true`
        case `false`
        /// A number without fraction and exponent, other than `-0`.
        case integer
        /// Any other number.
        case decimal
        case string
        case array
        case object
    }

    /// Tag in the upper four bits, a flag, 27 bits of length or count, 32 bits of offset or end.
    struct Word: Sendable {
        private var bits: UInt64

        init(_ tag: Tag, offset: Int, length: Int, hasEscapes: Bool = false) {
            bits = UInt64(tag.rawValue) << 60 | (hasEscapes ? 1 << 59 : 0) | UInt64(length) << 32 | UInt64(offset)
        }

        // Every word is made by the initialiser above, so the upper bits always are a tag's.
        var tag: Tag { Tag(rawValue: UInt8(bits >> 60)) ?? .null }
        var hasEscapes: Bool { bits & 1 << 59 != 0 }
        var length: Int { Int(bits >> 32 & 0x7FF_FFFF) }
        var offset: Int { Int(bits & 0xFFFF_FFFF) }

        /// The number of members of a container.
        var count: Int {
            get { length }
            set { bits = bits & ~(0x7FF_FFFF << 32) | UInt64(newValue) << 32 }
        }

        var isContainer: Bool { tag == .array || tag == .object }

        /// The tape index behind the last member of a container.
        var end: Int {
            get { offset }
            set { bits = bits & ~0xFFFF_FFFF | UInt64(newValue) }
        }
    }
}

extension [JSONTape.Word] {
    /// The index behind the value that begins at `index`.
    func indexAfterValue(at index: Int) -> Int {
        let word = self[index]
        return word.isContainer ? word.end : index + 1
    }
}
