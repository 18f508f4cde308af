// SPDX-License-Identifier: Apache-2.0

/// Which endpoint answers what. Pure but for the endpoints.
package struct Routes: Sendable {
    package typealias Endpoint = @Sendable (WebRequest) async -> WebAnswer

    /// What was answered, and by which of the paths that there are: what clients make up is never told apart.
    package struct Answered: Sendable {
        package let answer: WebAnswer
        package let path: String?
    }

    private var endpoints: [String: [String: Endpoint]] = [:]

    package init() {}

    /// Has an endpoint answer `GET`, and `HEAD` with it.
    package mutating func get(_ path: String, _ endpoint: @escaping Endpoint) {
        precondition(endpoints[path]?["GET"] == nil, "two endpoints answer GET \(path)")
        endpoints[path, default: [:]]["GET"] = endpoint
    }

    package func answer(_ request: WebRequest) async -> Answered {
        guard let methods = endpoints[request.path] else {
            return Answered(answer: .text(404, "there is nothing at this path"), path: nil)
        }
        guard let endpoint = methods[request.method == "HEAD" ? "GET" : request.method] else {
            let allowed = methods.keys.sorted().flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
            let words = allowed.joined(separator: ", ")
            return Answered(
                answer: .text(405, "this path takes \(words) alone", headers: ["Allow": words]),
                path: request.path
            )
        }
        return Answered(answer: await endpoint(request), path: request.path)
    }
}
