// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Reads along while a pack arrives, and refuses an object that would be too large when it is unpacked, before anybody unpacks it.
///
/// What a pack unpacks to has nothing to do with its own size: zeros deflate to a thousandth, and a delta of a kilobyte can name the same sixteen
/// megabytes a hundred times. The format is that of Git's `gitformat-pack`.
final class PackScanner {
    private enum State {
        case header
        /// The kind and the size of an object.
        case entry
        /// How far back a delta's base is.
        case baseOffset
        case baseID(remaining: Int)
        case content
        /// All entries were read; a checksum follows, which is not looked at here.
        case end
    }

    private static let headerLength = 12

    private let limit: Int
    private let inflater: Inflater

    private var state = State.header
    private var header: [UInt8] = []
    private var remainingEntries = 0
    private var entry = PackEntry()

    /// - Parameter limit: the most bytes that an object may have, unpacked.
    init(limit: Int) throws(GitError) {
        self.limit = limit
        inflater = try Inflater()
    }

    /// Takes the next bytes of the pack, however they are cut.
    /// - Throws: `limitExceeded` for an object that is too large, `badResponse` where this is no pack.
    func scan(_ bytes: UnsafeRawBufferPointer) throws(GitError) {
        var rest = bytes[...]
        while let byte = rest.first {
            switch state {
            case .end: return
            case .content: try inflate(&rest)
            default:
                rest.removeFirst()
                try take(byte)
            }
        }
    }

    private func take(_ byte: UInt8) throws(GitError) {
        switch state {
        case .header: try takeHeader(byte)
        case .entry: try takeEntry(byte)
        case .baseOffset: if byte & 0x80 == 0 { state = .content }
        case .baseID(let remaining): state = remaining > 1 ? .baseID(remaining: remaining - 1) : .content
        case .content, .end: break
        }
    }

    private func takeHeader(_ byte: UInt8) throws(GitError) {
        header.append(byte)
        guard header.count == Self.headerLength else { return }
        guard header.starts(with: Array("PACK".utf8)) else { throw .malformedPack("it does not begin with 'PACK'") }
        remainingEntries = header[8...].reduce(0) { $0 << 8 | Int($1) }
        beginEntry()
    }

    private func beginEntry() {
        entry = PackEntry()
        state = remainingEntries > 0 ? .entry : .end
        remainingEntries -= 1
    }

    private func takeEntry(_ byte: UInt8) throws(GitError) {
        let isLast = try entry.takeHead(byte)
        try check(entry.size.value)
        guard isLast else { return }
        switch entry.kind {
        case .whole: state = .content
        case .deltaByOffset: state = .baseOffset
        case .deltaByID: state = .baseID(remaining: ObjectID.byteCount)
        }
    }

    private func inflate(_ bytes: inout Slice<UnsafeRawBufferPointer>) throws(GitError) {
        let hasEnded = try inflater.inflate(&bytes) { part throws(GitError) in
            try entry.takeContent(part)
            if let size = entry.deltaSize { try check(size) }
        }
        guard hasEnded else { return }
        guard entry.isComplete else { throw .malformedPack("an object is shorter than it says") }
        beginEntry()
    }

    private func check(_ size: Int) throws(GitError) {
        guard size <= limit else {
            throw GitError(.limitExceeded, "an object of \(size) bytes or more is above the limit of \(limit)")
        }
    }
}

/// What is known of one object of a pack so far.
private struct PackEntry {
    enum Kind {
        case whole
        case deltaByOffset
        case deltaByID
    }

    private(set) var kind = Kind.whole
    /// Of what is deflated in the pack: the object, or the delta.
    private(set) var size = VariableSize()
    private var unpacked = 0
    /// Stand first in a delta: the size of its base, and that of what it makes.
    private var baseSize = VariableSize()
    private var madeSize = VariableSize()

    /// The size of what a delta makes, as soon as it is known.
    var deltaSize: Int? { madeSize.isWhole ? madeSize.value : nil }

    var isComplete: Bool { unpacked == size.value && (kind == .whole || madeSize.isWhole) }

    /// - Returns: whether it was the last byte of kind and size.
    mutating func takeHead(_ byte: UInt8) throws(GitError) -> Bool {
        guard size.isEmpty else {
            try size.take(byte, bits: 7)
            return size.isWhole
        }
        switch byte >> 4 & 7 {
        case 1, 2, 3, 4: kind = .whole
        case 6: kind = .deltaByOffset
        case 7: kind = .deltaByID
        default: throw .malformedPack("there is no object of kind \(byte >> 4 & 7)")
        }
        try size.take(byte, bits: 4)
        return size.isWhole
    }

    mutating func takeContent(_ bytes: UnsafeBufferPointer<UInt8>) throws(GitError) {
        unpacked += bytes.count
        guard unpacked <= size.value else { throw .malformedPack("an object is longer than it says") }
        guard kind != .whole, !madeSize.isWhole else { return }
        for byte in bytes where !madeSize.isWhole {
            if baseSize.isWhole { try madeSize.take(byte, bits: 7) } else { try baseSize.take(byte, bits: 7) }
        }
    }
}

/// A number as packs write it: low bits first, the highest bit of each byte telling that another one follows.
private struct VariableSize {
    private(set) var value = 0
    private(set) var isWhole = false
    private var width = 0

    var isEmpty: Bool { width == 0 }

    /// - Parameter bits: how many of the byte's low bits count.
    mutating func take(_ byte: UInt8, bits: Int) throws(GitError) {
        guard width + bits < Int.bitWidth else { throw .malformedPack("a size has more than 63 bits") }
        value |= (Int(byte) & (1 << bits - 1)) << width
        width += bits
        isWhole = byte & 0x80 == 0
    }
}

extension GitError {
    fileprivate static func malformedPack(_ reason: String) -> GitError {
        GitError(.badResponse, "the pack is malformed: \(reason)")
    }
}

/// Inflates one deflated stream after the other through a small buffer.
private final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)

    init() throws(GitError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard taffrail_inflate_init(stream) == Z_OK else { throw GitError(.library, "zlib cannot be started") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        buffer.deallocate()
    }

    /// - Parameters:
    ///   - bytes: what was used of them is taken away; where the stream ends, the next may begin.
    ///   - take: gets what they inflate to, part by part.
    /// - Returns: whether the stream has ended.
    func inflate(
        _ bytes: inout Slice<UnsafeRawBufferPointer>,
        _ take: (UnsafeBufferPointer<UInt8>) throws(GitError) -> Void
    ) throws(GitError) -> Bool {
        let input = UnsafeRawBufferPointer(rebasing: bytes).assumingMemoryBound(to: UInt8.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        var code = Z_OK
        repeat {
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(buffer.count)
            code = CZlib.inflate(stream, Z_NO_FLUSH)
            // All input was used, and no output came of it: more is to follow.
            guard code != Z_BUF_ERROR else { break }
            guard code == Z_OK || code == Z_STREAM_END else { throw .malformedPack("an object cannot be inflated") }
            try take(UnsafeBufferPointer(rebasing: buffer[..<(buffer.count - Int(stream.pointee.avail_out))]))
        } while code != Z_STREAM_END && stream.pointee.avail_out == 0
        bytes.removeFirst(input.count - Int(stream.pointee.avail_in))
        guard code == Z_STREAM_END else { return false }
        inflateReset(stream)
        return true
    }
}
