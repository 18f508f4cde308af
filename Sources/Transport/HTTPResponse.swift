// SPDX-License-Identifier: Apache-2.0

/// The version of the protocol that was spoken.
package enum HTTPVersion: Sendable, Hashable {
    case http1
    case http2
}

/// The part of a response that comes before its body.
package struct HTTPResponseHead: Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var version: HTTPVersion

    package init(status: Int, headers: [HTTPHeader] = [], version: HTTPVersion = .http1) {
        self.status = status
        self.headers = headers
        self.version = version
    }

    /// The value of the first field of that name, in any casing.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// A whole response. Every status is a response, also 4xx and 5xx: judging it is the caller's part.
package struct HTTPResponse: Sendable {
    package var head: HTTPResponseHead
    package var body: [UInt8]

    package init(head: HTTPResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }

    package var status: Int { head.status }
    package var headers: [HTTPHeader] { head.headers }

    /// The value of the first field of that name, in any casing.
    package func header(_ name: String) -> String? { head.header(name) }
}
