// SPDX-License-Identifier: Apache-2.0

package import JSON

/// One event of a watch, as a server writes it in a line ("Kubernetes API Concepts", efficient detection of changes).
package enum WatchEvent: Sendable {
    /// `ADDED` or `MODIFIED`: after a gap, nobody can tell which of the two it is to the reader.
    case applied(JSONValue)
    /// `DELETED`, with the object's last state. Of a watch that selects, also what ceased to be selected.
    case removed(JSONValue)
    /// Nothing happened up to a version.
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    /// The server ends the watch, with a `Status`.
    case failed(KubernetesError)
    /// A kind of event that a later server may bring.
    case unknown

    /// - Throws: `malformedAnswer` for what is no event.
    init(line: [UInt8]) throws(KubernetesError) {
        let event: JSONValue
        do {
            event = try JSONValue(parsing: line)
        } catch {
            throw KubernetesError(.malformedAnswer, "a watch's event is not JSON", cause: error)
        }
        guard let type = event["type"]?.stringValue, let object = event["object"] else {
            throw KubernetesError(.malformedAnswer, "a watch's event has no type or no object")
        }
        switch type {
        case "ADDED", "MODIFIED": self = .applied(object)
        case "DELETED": self = .removed(object)
        case "BOOKMARK":
            let metadata = object["metadata"]
            guard let version = metadata?["resourceVersion"]?.stringValue, !version.isEmpty else {
                throw KubernetesError(.malformedAnswer, "a watch's bookmark has no resourceVersion")
            }
            let mark = metadata?["annotations"]?["k8s.io/initial-events-end"]?.stringValue
            self = .bookmark(resourceVersion: version, endsInitialEvents: mark == "true")
        case "ERROR":
            let status = object["code"]?.intValue.flatMap { Int(exactly: $0) } ?? 500
            self = .failed(KubernetesError(httpStatus: status, body: object, request: "WATCH", retryAfterHeader: nil))
        default: self = .unknown
        }
    }
}

/// Puts the lines of a stream together, whatever pieces it comes in.
struct WatchLines {
    /// Longer than any object that a server keeps, with what JSON escapes add to it.
    static let longest = 32 << 20

    private var rest: [UInt8] = []

    /// - Returns: the lines that are whole now, without their ends; empty ones are left out.
    /// - Throws: `malformedAnswer` for a line without end.
    mutating func append(_ chunk: [UInt8]) throws(KubernetesError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rest += chunk[start..<end]
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            start = end + 1
        }
        rest += chunk[start...]
        guard rest.count <= Self.longest else {
            throw KubernetesError(.malformedAnswer, "a watch's event is longer than \(Self.longest) bytes")
        }
        return lines
    }
}
