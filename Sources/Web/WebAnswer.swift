// SPDX-License-Identifier: Apache-2.0

/// What is answered.
package struct WebAnswer: Sendable, Hashable {
    package let status: Int
    /// Beside those that every answer has.
    package let headers: [String: String]
    package let contentType: String
    package let body: [UInt8]

    package init(_ status: Int, contentType: String, headers: [String: String] = [:], body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A line for people. Nothing that came with the request belongs into it.
    package static func text(_ status: Int, _ text: String, headers: [String: String] = [:]) -> WebAnswer {
        WebAnswer(
            status,
            contentType: "text/plain; charset=utf-8",
            headers: headers,
            body: Array((text + "\n").utf8)
        )
    }
}
