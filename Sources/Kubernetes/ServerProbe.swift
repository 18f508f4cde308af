// SPDX-License-Identifier: Apache-2.0

package import Concurrency
internal import JSON

/// What one request tells of an API server.
package struct ServerProbe: Sendable, Hashable {
    /// `gitVersion` of `/version`: `v1.36.0`.
    package let version: String
    /// The server's clock, to a second; `nil` if it did not say.
    package let date: Timestamp?
    /// From sending the request to having the answer.
    package let latency: Duration
}

extension KubernetesClient {
    /// Asks for the version, and looks at how the answer came.
    package func probe(deadline: Deadline) async throws -> ServerProbe {
        let start = ContinuousClock.now
        let answer = try await answer(Call(method: "GET", path: "/version"), deadline: deadline)
        return ServerProbe(
            version: answer.object["gitVersion"]?.stringValue ?? "unknown",
            date: answer.date.flatMap(HTTPDate.timestamp),
            latency: .now - start
        )
    }
}

/// A date in an HTTP header, in the only form that may be sent (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `nil` if it is malformed.
    static func timestamp(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1
        return Timestamp("\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }
}
