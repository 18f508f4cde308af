// SPDX-License-Identifier: Apache-2.0

/// A request, as far as endpoints look at it: none of them reads a body yet.
package struct WebRequest: Sendable, Hashable {
    package let method: String
    /// Without the query, and as it came: nothing is unescaped.
    package let path: String
    /// What proves who asks, from `Authorization: Bearer …`.
    package let bearerToken: String?

    package init(method: String, path: String, bearerToken: String? = nil) {
        self.method = method
        self.path = path
        self.bearerToken = bearerToken
    }

    /// - Parameters:
    ///   - target: the second word of a request's first line.
    ///   - authorization: all headers of that name; several prove nothing.
    init(method: String, target: String, authorization: [String]) {
        self.init(
            method: method,
            path: String(target.prefix { $0 != "?" && $0 != "#" }),
            bearerToken: authorization.count == 1 ? Self.token(authorization[0]) : nil
        )
    }

    /// RFC 6750, section 2.1: the scheme in any case, and a token of one word.
    private static func token(_ header: String) -> String? {
        let words = header.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
