// SPDX-License-Identifier: Apache-2.0

/// Turns header lines, as libcurl hands them over, into the head of the final response.
///
/// Interim responses (1xx) are passed over, and so are trailers.
struct ResponseHeadParser {
    enum Step {
        case more
        case complete(HTTPResponseHead)
        case malformed(String)
        case tooLarge(String)
    }

    /// Of all lines of a transfer together. Go's server and client default to 1 MiB; no known peer needs as much.
    static let maxBytes = 256 << 10
    /// Of all lines as well: each costs many times its bytes once it is taken apart.
    static let maxLines = 2_000

    private(set) var isComplete = false
    private var head: HTTPResponseHead?
    private var bytesSeen = 0
    private var linesSeen = 0

    /// Takes one line, with its line end.
    mutating func consume(_ line: UnsafeRawBufferPointer) -> Step {
        bytesSeen += line.count
        linesSeen += 1
        guard bytesSeen <= Self.maxBytes else { return .tooLarge("the header is longer than \(Self.maxBytes) bytes") }
        guard linesSeen <= Self.maxLines else { return .tooLarge("the header has more than \(Self.maxLines) lines") }
        if isComplete { return .more }
        let text = String(decoding: line, as: UTF8.self).trimmingSuffix { $0.isWhitespace }
        if text.hasPrefix("HTTP/") { return begin(text) }
        guard head != nil else { return .malformed("the response does not begin with a status line") }
        if text.isEmpty { return end() }
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            return .malformed("a header line has no name")
        }
        let value = text[text.index(after: colon)...].drop { $0.isWhitespace }
        // In place: a copy of the head for every line would cost the loop of all requests seconds.
        head?.headers.append(HTTPHeader(String(text[..<colon]), String(value)))
        return .more
    }

    private mutating func begin(_ statusLine: Substring) -> Step {
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let status = Int(words[1]), (100...999).contains(status) else {
            return .malformed("the status line cannot be read")
        }
        head = HTTPResponseHead(status: status, version: words[0].hasPrefix("HTTP/2") ? .http2 : .http1)
        return .more
    }

    private mutating func end() -> Step {
        defer { head = nil }
        guard let finished = head, finished.status >= 200 else { return .more }
        isComplete = true
        return .complete(finished)
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
