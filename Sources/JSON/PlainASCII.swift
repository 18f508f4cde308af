// SPDX-License-Identifier: Apache-2.0

extension UnsafeBufferPointer<UInt8> {
    /// The next byte of a string that is not plain: a quote, a backslash, a control character or one beyond ASCII; the
    /// end if there is none. Most of a text is passed over here, eight bytes at a time.
    func endOfPlainASCII(from start: Int) -> Int {
        let words = UnsafeRawBufferPointer(self)
        var offset = start
        while count - offset >= 8 {
            let word = UInt64(littleEndian: words.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let marks = word.marksOfNotPlainASCII
            guard marks == 0 else { return offset + marks.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < count, UInt64(self[offset]).marksOfNotPlainASCII & 0xFF == 0 { offset += 1 }
        return offset
    }
}

extension UInt64 {
    /// Eight bytes at once: the lowest bit set is in the first byte that is not plain. Bits above it may be set without
    /// cause, by borrows of the subtractions.
    fileprivate var marksOfNotPlainASCII: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = self ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslashes = self ^ ones &* UInt64(UInt8(ascii: "\\"))
        let controls = (self &- ones &* 0x20) & ~self
        let marks = self | controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
        return marks & (ones &* 0x80)
    }
}
