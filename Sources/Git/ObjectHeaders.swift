// SPDX-License-Identifier: Apache-2.0

/// One header of a commit or tag: a name, a value, and where its lines lie in the object.
struct ObjectHeader {
    let name: String
    /// The value, with lines joined by newlines and the leading space of each continuation line removed.
    let value: [UInt8]
    /// The whole lines, final newline included.
    let range: Range<Int>
}

/// Cuts the raw bytes of a commit or tag into headers and body, without knowing what they mean.
struct ObjectHeaders {
    let headers: [ObjectHeader]
    /// Where the body starts: after the first blank line.
    let bodyStart: Int

    private static let maximumCount = 1_000

    init(_ raw: [UInt8]) throws(GitError) {
        if let offset = raw.firstIndex(of: 0) { throw .malformed("NUL at byte \(offset)") }
        var headers: [ObjectHeader] = []
        var start = 0
        while start < raw.count, raw[start] != .newline {
            let header = try Self.header(at: start, in: raw)
            guard headers.count < Self.maximumCount else { throw .malformed("more than \(Self.maximumCount) headers") }
            headers.append(header)
            start = header.range.upperBound
        }
        self.headers = headers
        // Git also writes no blank line at all when there is no message.
        bodyStart = min(start + 1, raw.count)
    }

    private static func header(at start: Int, in raw: [UInt8]) throws(GitError) -> ObjectHeader {
        guard raw[start] != .space else { throw .malformed("continuation line without a header at byte \(start)") }
        var end = try lineEnd(from: start, in: raw)
        guard let space = raw[start..<end].firstIndex(of: .space), space > start,
            raw[start..<space].allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw .malformed("line at byte \(start) is not a header") }
        var value = Array(raw[space + 1..<end])
        while end + 1 < raw.count, raw[end + 1] == .space {
            let next = try lineEnd(from: end + 1, in: raw)
            value.append(.newline)
            value += raw[end + 2..<next]
            end = next
        }
        return ObjectHeader(
            name: String(decoding: raw[start..<space], as: UTF8.self),
            value: value,
            range: start..<end + 1
        )
    }

    private static func lineEnd(from start: Int, in raw: [UInt8]) throws(GitError) -> Int {
        guard let end = raw[start...].firstIndex(of: .newline) else {
            throw .malformed("header at byte \(start) does not end with a newline")
        }
        return end
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
}

extension GitError {
    static func malformed(_ reason: String) -> GitError {
        GitError(.malformedCommit, "malformed commit: \(reason)")
    }
}
