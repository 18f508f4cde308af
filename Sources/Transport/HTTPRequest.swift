// SPDX-License-Identifier: Apache-2.0

/// One field of a request or a response.
package struct HTTPHeader: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What is asked of a server.
///
/// Credentials belong in a header: a URL that carries userinfo is refused, because URLs end up in errors and logs.
package struct HTTPRequest: Sendable {
    /// `GET`, `POST`, …: sent as it is written here.
    package var method: String
    /// Absolute and already percent-encoded.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]
    /// How long nothing may move in either direction; `nil` takes the client's limit. Watches set their own.
    package var idleTimeout: Duration?

    package init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        idleTimeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.idleTimeout = idleTimeout
    }
}

extension HTTPRequest {
    /// Refuses what would change the message's meaning on the wire: line ends in a field, above all.
    func validate() throws(TransportError) {
        guard method.isToken else { throw TransportError(.invalidRequest, "the HTTP method is not a token") }
        for header in headers {
            guard header.name.isToken else {
                throw TransportError(.invalidRequest, "a header's name is not a token: \"\(header.name)\"")
            }
            guard !header.value.utf8.contains(where: { [0, 10, 13].contains($0) }) else {
                throw TransportError(
                    .invalidRequest,
                    "the value of the header \(header.name) has a line end or a zero byte"
                )
            }
        }
    }
}

extension String {
    /// Whether this is a token of RFC 9110, section 5.6.2.
    fileprivate var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
