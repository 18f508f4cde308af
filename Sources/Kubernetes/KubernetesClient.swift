// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON
internal import Transport

/// What a write says besides the object.
package struct ApplyOptions: Sendable, Hashable {
    package let fieldManager: String
    /// Takes fields over from other managers instead of failing with a conflict.
    package let force: Bool
    /// Asks what would become of it, and changes nothing.
    package let dryRun: Bool
    /// The id under which the API server's own audit log keeps the request.
    package let auditID: String?

    package init(fieldManager: String, force: Bool, dryRun: Bool, auditID: String? = nil) {
        self.fieldManager = fieldManager
        self.force = force
        self.dryRun = dryRun
        self.auditID = auditID
    }
}

/// What a server answered to a write.
package struct ApplyResult: Sendable {
    package let object: JSONValue
    /// 201 where the object was made, 200 otherwise.
    package let httpStatus: Int
    /// The server's `Date`, as it wrote it.
    let date: String?
    /// Whether the server said "later" first, so that this is the answer to a request that was sent again.
    package internal(set) var wasSentAgain = false
}

/// Under which conditions, and how, an object is deleted.
package struct DeleteOptions: Sendable, Hashable {
    package enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// Preconditions: the object must still be this one, in this version.
    package let uid: String?
    package let resourceVersion: String?
    package let propagation: Propagation
    package let auditID: String?

    package init(
        uid: String? = nil,
        resourceVersion: String? = nil,
        propagation: Propagation = .background,
        auditID: String? = nil
    ) {
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.propagation = propagation
        self.auditID = auditID
    }
}

/// Talks to one API server, about objects of any kind.
///
/// Guarantees: each call ends by its deadline; a request that the server turned away for load (429, 503 with Retry-After) is sent again within it; a
/// client that impersonates does so on every request.
package final class KubernetesClient: Sendable {
    let connection: Connection
    private let impersonation: [HTTPHeader]

    /// - Parameter observer: is told what this client does, and those that are made of it.
    package convenience init(
        configuration: ClusterConfiguration,
        userAgent: String,
        observer: @escaping ClientObserver = { _ in }
    ) {
        let connection = Connection(configuration: configuration, userAgent: userAgent, observer: observer)
        self.init(connection: connection, impersonation: connection.impersonation.headers)
    }

    private init(connection: Connection, impersonation: [HTTPHeader]) {
        self.connection = connection
        self.impersonation = impersonation
    }

    /// The same connection, as somebody else: in the place of whom the configuration names, if it names one.
    package func impersonating(user: String, groups: [String]) -> KubernetesClient {
        KubernetesClient(
            connection: connection,
            impersonation: Impersonation(user: user, groups: groups).headers
        )
    }

    /// Gets credentials now, where a program hands them out: it may ask somebody, which takes longer than requests should.
    package func logIn(deadline: Deadline) async throws {
        try await connection.logIn(deadline: deadline)
    }

    /// The service account's own user and groups.
    package func impersonating(serviceAccount name: String, namespace: String) -> KubernetesClient {
        let account = AccessSubject(serviceAccount: name, namespace: namespace)
        return impersonating(user: account.user, groups: account.groups)
    }

    // MARK: - Reading

    package func get(
        _ type: GroupVersionKind,
        namespace: String?,
        name: String,
        deadline: Deadline
    ) async throws -> JSONValue {
        let path = try await connection.path(of: type, namespace: namespace, name: name, deadline: deadline)
        return try await answer(Call(method: "GET", path: path), deadline: deadline).object
    }

    // MARK: - Writing

    /// Server-side apply.
    package func apply(_ object: JSONValue, options: ApplyOptions, deadline: Deadline) async throws -> ApplyResult {
        let (type, namespace, name) = try Self.identity(of: object)
        let path = try await connection.path(of: type, namespace: namespace, name: name, deadline: deadline)
        let query = [("fieldManager", options.fieldManager), ("force", options.force ? "true" : "false")]
        return try await answer(
            Call(
                method: "PATCH",
                path: path,
                query: query + Self.dryRunQuery(options.dryRun),
                headers: [HTTPHeader("Content-Type", "application/apply-patch+yaml")]
                    + Self.auditHeader(options.auditID),
                body: object.serialized()
            ),
            deadline: deadline
        )
    }

    /// Makes a new object; one of that name must not exist.
    ///
    /// - Parameter dryRun: whether it is only asked whether it could be made.
    package func create(
        _ object: JSONValue,
        fieldManager: String,
        dryRun: Bool = false,
        deadline: Deadline
    ) async throws -> ApplyResult {
        let (type, namespace, _) = try Self.identity(of: object)
        let path = try await connection.path(of: type, namespace: namespace, name: nil, deadline: deadline)
        return try await answer(
            Call(
                method: "POST",
                path: path,
                query: [("fieldManager", fieldManager)] + (dryRun ? [("dryRun", "All")] : []),
                headers: [HTTPHeader("Content-Type", "application/json")],
                body: object.serialized()
            ),
            deadline: deadline
        )
    }

    /// A merge patch (RFC 7386), of the object or of a subresource such as `status`.
    package func mergePatch(
        _ type: GroupVersionKind,
        namespace: String?,
        name: String,
        subresource: String? = nil,
        patch: JSONValue,
        fieldManager: String,
        deadline: Deadline
    ) async throws -> JSONValue {
        let path = try await connection.path(of: type, namespace: namespace, name: name, deadline: deadline)
        return try await answer(
            Call(
                method: "PATCH",
                path: path + (subresource.map { "/" + $0 } ?? ""),
                query: [("fieldManager", fieldManager)],
                headers: [HTTPHeader("Content-Type", "application/merge-patch+json")],
                body: patch.serialized()
            ),
            deadline: deadline
        ).object
    }

    /// A JSON patch (RFC 6902) of the object itself.
    ///
    /// - Throws: `conflict` if an operation does not fit the object, such as a `test` that finds another value; nothing is changed then.
    package func jsonPatch(
        _ type: GroupVersionKind,
        namespace: String?,
        name: String,
        patch: JSONPatch,
        fieldManager: String,
        dryRun: Bool = false,
        auditID: String? = nil,
        deadline: Deadline
    ) async throws -> JSONValue {
        let path = try await connection.path(of: type, namespace: namespace, name: name, deadline: deadline)
        let call = Call(
            method: "PATCH",
            path: path,
            query: [("fieldManager", fieldManager)] + Self.dryRunQuery(dryRun),
            headers: [HTTPHeader("Content-Type", "application/json-patch+json")] + Self.auditHeader(auditID),
            body: patch.document.serialized()
        )
        do {
            return try await answer(call, deadline: deadline).object
        } catch let error as KubernetesError where error.isPatchThatDoesNotFit {
            throw KubernetesError(
                .conflict,
                "the object is not, or no longer, as the patch expects it",
                request: error.request,
                cause: error
            )
        }
    }

    /// - Returns: whether the object is gone; if not, it waits for its finalizers.
    @discardableResult
    package func delete(
        _ type: GroupVersionKind,
        namespace: String?,
        name: String,
        options: DeleteOptions,
        deadline: Deadline
    ) async throws -> Bool {
        let path = try await connection.path(of: type, namespace: namespace, name: name, deadline: deadline)
        var preconditions: JSONObject = [:]
        preconditions["uid"] = options.uid.map { .string($0) }
        preconditions["resourceVersion"] = options.resourceVersion.map { .string($0) }
        let body: JSONValue = [
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": .string(options.propagation.rawValue),
            "preconditions": .object(preconditions),
        ]
        let answer = try await answer(
            Call(
                method: "DELETE",
                path: path,
                headers: [HTTPHeader("Content-Type", "application/json")] + Self.auditHeader(options.auditID),
                body: body.serialized()
            ),
            deadline: deadline
        )
        // The object itself is the answer while something holds it; a Status says that it is gone.
        return answer.object["metadata"]?["deletionTimestamp"] == nil
    }

    // MARK: - Discovery

    /// How the server serves a kind; `nil` if it does not.
    package func resource(for type: GroupVersionKind, deadline: Deadline) async throws -> APIResource? {
        try await connection.resource(for: type, deadline: deadline)
    }

    /// Forgets what was discovered, after a definition was applied.
    package func forgetDiscovery() {
        connection.forgetDiscovery()
    }

    /// What tells one cluster from another, by the field's convention: the uid of the namespace `kube-system`, which lives as long as the cluster.
    package func clusterUID(deadline: Deadline) async throws -> String {
        let type = GroupVersionKind(group: "", version: "v1", kind: "Namespace")
        let system = try await get(type, namespace: nil, name: "kube-system", deadline: deadline)
        // It goes into every record of what is done there, and not every server is a friend.
        guard let uid = system["metadata"]?["uid"]?.stringValue, (1...64).contains(uid.utf8.count),
            uid.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isAlphanumeric($0) })
        else { throw KubernetesError(.malformedAnswer, "the namespace kube-system has no uid that is one") }
        return uid
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// `gitVersion` of `/version`: `v1.36.0`; one of more than 64 bytes is none.
    package func serverVersion(deadline: Deadline) async throws -> String {
        let answer = try await answer(Call(method: "GET", path: "/version"), deadline: deadline)
        let version = answer.object["gitVersion"]?.stringValue ?? "unknown"
        return version.utf8.count <= 64 ? version : "unknown"
    }

    // MARK: - Small parts

    func answer(_ call: Call, deadline: Deadline) async throws -> ApplyResult {
        var call = call
        call.headers += impersonation
        return try await connection.send(call, deadline: deadline)
    }

    func open(_ call: Call, idleTimeout: Duration, deadline: Deadline) async throws -> HTTPStream {
        var call = call
        call.headers += impersonation
        return try await connection.open(call, idleTimeout: idleTimeout, deadline: deadline)
    }

    private static func auditHeader(_ id: String?) -> [HTTPHeader] {
        id.map { [HTTPHeader("Audit-ID", $0)] } ?? []
    }

    private static func dryRunQuery(_ isDryRun: Bool) -> [(String, String)] {
        isDryRun ? [("dryRun", "All")] : []
    }

    private static func identity(of object: JSONValue) throws -> (GroupVersionKind, String?, String) {
        guard
            let type = GroupVersionKind(
                apiVersion: object["apiVersion"]?.stringValue ?? "",
                kind: object["kind"]?.stringValue ?? ""
            ), let name = object["metadata"]?["name"]?.stringValue
        else {
            throw KubernetesError(.invalid, "an object needs apiVersion, kind and metadata.name")
        }
        return (type, object["metadata"]?["namespace"]?.stringValue, name)
    }
}
