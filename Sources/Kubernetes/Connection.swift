// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import JSON
internal import Transport

/// One request to an API server.
struct Call: Sendable {
    let method: String
    let path: String
    var query: [(String, String)] = []
    var headers: [HTTPHeader] = []
    var body: [UInt8] = []

    var url: String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    }
}

/// What clients of the same server share: the HTTP connection, the credentials, and what discovery found.
final class Connection: Sendable {
    private let configuration: ClusterConfiguration
    private let userAgent: String
    private let authenticator: Authenticator
    private let clients: ClientPool
    private let discovered = Locked<[String: [String: APIResource]]>([:])
    let observer: ClientObserver

    init(configuration: ClusterConfiguration, userAgent: String, observer: @escaping ClientObserver = { _ in }) {
        self.observer = observer
        self.configuration = configuration
        self.userAgent = userAgent
        authenticator = Authenticator(configuration)
        clients = ClientPool(configuration)
    }

    /// Whom requests are made as where nobody else is named.
    var impersonation: Impersonation { configuration.impersonation }

    /// Gets credentials now, so that no later request's deadline has to last while somebody logs in.
    func logIn(deadline: Deadline) async throws {
        _ = try await authenticator.credential(deadline: deadline)
    }

    // MARK: - Requests

    private static let longestPause = Duration.seconds(60)

    /// Sends a request until it is answered by something else than "later", or the deadline passes.
    func send(_ call: Call, deadline: Deadline) async throws -> ApplyResult {
        var backoff = Backoff(base: .milliseconds(200), limit: .seconds(5))
        var isAgain = false
        while true {
            do {
                var result = try await sendOnce(call, deadline: deadline)
                result.wasSentAgain = isAgain
                return result
            } catch let error as KubernetesError where isAgain && call.method == "DELETE" && error.code == .notFound {
                // Whoever said "later" may have been carrying it out.
                return ApplyResult(object: .null, httpStatus: 200, date: nil, wasSentAgain: true)
            } catch let error as KubernetesError where error.retryAfter != nil && error.isRetryable {
                isAgain = true
                // Nobody is kept for longer by one request, whatever a server wishes: what failed is tried again by whoever asked.
                guard (error.retryAfter ?? .zero) <= Self.longestPause else { throw error }
                let pause = max(error.retryAfter ?? .zero, backoff.next())
                // A pause that outlasts the deadline helps nobody: the server's own words say more.
                guard deadline.remaining.map({ $0 > pause }) ?? true else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }

    /// Sends a request, and once more with new credentials where the server does not take the old ones.
    private func sendOnce(_ call: Call, deadline: Deadline) async throws -> ApplyResult {
        let credential = try await authenticator.credential(deadline: deadline)
        do {
            return try await send(call, as: credential, deadline: deadline)
        } catch let error as KubernetesError where error.code == .unauthorized && authenticator.forget(credential) {
            let other = try await authenticator.credential(deadline: deadline)
            guard other != credential else { throw error }
            return try await send(call, as: other, deadline: deadline)
        }
    }

    private func send(_ call: Call, as credential: Credential, deadline: Deadline) async throws -> ApplyResult {
        let request = HTTPRequest(
            method: call.method,
            url: configuration.server + call.url,
            headers: headers(for: call, credential),
            body: call.body
        )
        let name = "\(call.method) \(call.path)"
        let response: HTTPResponse
        let begin = ContinuousClock.now
        do {
            response = try await clients.client(for: credential).send(request, deadline: deadline)
        } catch let error as TransportError {
            observer(.answered(method: call.method, status: nil, took: .now - begin))
            throw Self.lost(error, at: configuration.server, name)
        }
        observer(.answered(method: call.method, status: response.status, took: .now - begin))
        let parsed = Result { () throws(JSONError) in try JSONValue(parsing: response.body) }
        let body = try? parsed.get()
        guard (200..<300).contains(response.status) else {
            throw KubernetesError(
                httpStatus: response.status,
                body: body,
                request: name,
                retryAfterHeader: response.header("Retry-After")
            )
        }
        do {
            return ApplyResult(
                object: try parsed.get(),
                httpStatus: response.status,
                date: response.header("Date")
            )
        } catch {
            throw KubernetesError(
                .malformedAnswer,
                "the API server's answer to \(name) is not JSON",
                request: name,
                cause: error
            )
        }
    }

    /// Opens a stream, and has the head of its answer judged.
    ///
    /// - Parameters:
    ///   - idleTimeout: how long nothing may come.
    ///   - deadline: for the head.
    func open(_ call: Call, idleTimeout: Duration, deadline: Deadline) async throws -> HTTPStream {
        let credential = try await authenticator.credential(deadline: deadline)
        let request = HTTPRequest(
            method: call.method,
            url: configuration.server + call.url,
            headers: headers(for: call, credential),
            idleTimeout: idleTimeout
        )
        let name = "\(call.method) \(call.path)"
        let begin = ContinuousClock.now
        var status: Int?
        // A watch is answered when its head is: what comes then may take as long as it likes.
        defer { observer(.answered(method: call.method, status: status, took: .now - begin)) }
        do {
            let stream = try await withDeadline(deadline, "opening \(name)") { [clients] in
                try await clients.client(for: credential).stream(request, deadline: .never)
            }
            status = stream.status
            guard (200..<300).contains(stream.status) else {
                let error = await Self.refusal(stream, of: name)
                if error.code == .unauthorized { _ = authenticator.forget(credential) }
                throw error
            }
            return stream
        } catch let error as KubernetesError {
            throw error
        } catch {
            throw Self.lost(error, at: configuration.server, name)
        }
    }

    /// A refusal has a short body; what cannot be read of it is left out.
    private static func refusal(_ stream: HTTPStream, of name: String) async -> KubernetesError {
        var body: [UInt8] = []
        do {
            for try await chunk in stream where body.count < longestRefusal { body += chunk }
        } catch {}
        stream.close()
        return KubernetesError(
            httpStatus: stream.status,
            body: try? JSONValue(parsing: body),
            request: name,
            retryAfterHeader: stream.headers.first { $0.name.lowercased() == "retry-after" }?.value
        )
    }

    private static let longestRefusal = 1 << 20

    private static func lost(_ error: any Error, at server: String, _ name: String) -> any Error {
        if error is CancellationError || (error as? TransportError)?.code == .cancelled { return CancellationError() }
        return KubernetesError(
            .unreachable,
            "the API server at \(server) could not be asked",
            request: name,
            cause: error
        )
    }

    private func headers(for call: Call, _ credential: Credential) -> [HTTPHeader] {
        var headers = call.headers + [HTTPHeader("User-Agent", userAgent)]
        if !call.headers.contains(where: { $0.name == "Accept" }) {
            headers.append(HTTPHeader("Accept", "application/json"))
        }
        if let authorization = credential.authorization { headers.append(HTTPHeader("Authorization", authorization)) }
        return headers
    }

    // MARK: - Paths and discovery

    func path(
        of type: GroupVersionKind,
        namespace: String?,
        name: String?,
        deadline: Deadline
    ) async throws -> String {
        guard let resource = try await resource(for: type, deadline: deadline) else {
            throw KubernetesError(.unknownKind, "the cluster serves no kind \(type.kind) in \(type.apiVersion)")
        }
        var path = Self.root(of: type)
        if resource.isNamespaced, let namespace { path += try "/namespaces/" + Self.part(namespace) }
        path += "/" + resource.plural
        if let name { path += try "/" + Self.part(name) }
        return path
    }

    /// A name as one part of a path. Dots that mean another place cannot be escaped: whatever is on the way takes them out, also as `%2E`.
    private static func part(_ name: String) throws(KubernetesError) -> String {
        guard name != ".", name != ".." else {
            throw KubernetesError(.invalid, "'\(name)' is no name of an object: it would lead to another address")
        }
        return PercentEncoding.encode(name)
    }

    /// Asks for a group version once; a kind that is not found is asked for again, since its definition may have come meanwhile.
    func resource(for type: GroupVersionKind, deadline: Deadline) async throws -> APIResource? {
        if let resource = discovered.withLock({ $0[type.apiVersion]?[type.kind] }) { return resource }
        let kinds: [String: APIResource]
        do {
            let list = try await send(Call(method: "GET", path: Self.root(of: type)), deadline: deadline).object
            kinds = Self.resources(list, type)
        } catch let error as KubernetesError where error.code == .notFound {
            kinds = [:]
        }
        discovered.withLock { $0[type.apiVersion] = kinds }
        return kinds[type.kind]
    }

    func forgetDiscovery() {
        discovered.withLock { $0.removeAll() }
    }

    private static func root(of type: GroupVersionKind) -> String {
        (type.group.isEmpty ? ["api", type.version] : ["apis", type.group, type.version])
            .map { "/" + PercentEncoding.encode($0) }.joined()
    }

    private static func resources(_ list: JSONValue, _ type: GroupVersionKind) -> [String: APIResource] {
        var resources: [String: APIResource] = [:]
        for item in list["resources"]?.arrayValue ?? [] {
            guard let plural = item["name"]?.stringValue, !plural.contains("/"), let kind = item["kind"]?.stringValue
            else { continue }
            resources[kind] = APIResource(
                type: GroupVersionKind(group: type.group, version: type.version, kind: kind),
                plural: plural,
                isNamespaced: item["namespaced"]?.boolValue ?? false,
                verbs: Set((item["verbs"]?.arrayValue ?? []).compactMap(\.stringValue))
            )
        }
        return resources
    }
}
