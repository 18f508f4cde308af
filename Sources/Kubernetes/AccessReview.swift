// SPDX-License-Identifier: Apache-2.0

package import Concurrency
internal import JSON
internal import Transport

/// One verb on one resource, as the API server's authorizer is asked for it.
package struct ResourceAccess: Sendable, Hashable {
    package let verb: String
    /// Empty for the core group.
    package let group: String
    /// The plural, as in URLs: `deployments`.
    package let resource: String
    package let subresource: String?
    /// `nil` for all namespaces, or for a resource of the cluster.
    package let namespace: String?
    /// `nil` for any.
    package let name: String?

    package init(
        _ verb: String,
        group: String = "",
        _ resource: String,
        subresource: String? = nil,
        namespace: String?,
        name: String? = nil
    ) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
    }

    /// As it is written in a rule: `deployments`, `environments/status`.
    package var path: String { subresource.map { "\(resource)/\($0)" } ?? resource }

    var attributes: JSONValue {
        var attributes: JSONValue = ["verb": .string(verb), "group": .string(group), "resource": .string(resource)]
        attributes["subresource"] = subresource.map { .string($0) }
        attributes["namespace"] = namespace.map { .string($0) }
        attributes["name"] = name.map { .string($0) }
        return attributes
    }
}

/// Whose rights are asked for.
package struct AccessSubject: Sendable, Hashable {
    package let user: String
    package let groups: [String]
    package let uid: String?
    /// What else an authenticator says of them, which an authorizer may look at.
    package let extra: [String: [String]]

    package init(user: String, groups: [String], uid: String? = nil, extra: [String: [String]] = [:]) {
        self.user = user
        self.groups = groups
        self.uid = uid
        self.extra = extra
    }

    /// A service account, with the groups that every one has.
    package init(serviceAccount name: String, namespace: String) {
        user = "system:serviceaccount:\(namespace):\(name)"
        groups = ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
        uid = nil
        extra = [:]
    }
}

extension KubernetesClient {
    /// Whether an access is allowed. A review is answered and not kept: nothing is written.
    ///
    /// - Parameter subject: whose access; `nil` for that of whoever asks.
    package func isAllowed(
        _ access: ResourceAccess,
        for subject: AccessSubject? = nil,
        deadline: Deadline
    ) async throws -> Bool {
        try await isAllowed(["resourceAttributes": access.attributes], subject, deadline)
    }

    /// Whether a path that stands for no object may be asked for, such as `/metrics`.
    package func isAllowed(
        _ verb: String,
        path: String,
        for subject: AccessSubject? = nil,
        deadline: Deadline
    ) async throws -> Bool {
        try await isAllowed(
            ["nonResourceAttributes": ["verb": .string(verb), "path": .string(path)]],
            subject,
            deadline
        )
    }

    private func isAllowed(
        _ attributes: JSONValue,
        _ subject: AccessSubject?,
        _ deadline: Deadline
    ) async throws -> Bool {
        let kind = subject == nil ? "SelfSubjectAccessReview" : "SubjectAccessReview"
        var spec = attributes
        if let subject {
            spec["user"] = .string(subject.user)
            spec["groups"] = .array(subject.groups.map { .string($0) })
            spec["uid"] = subject.uid.map { .string($0) }
            if !subject.extra.isEmpty {
                spec["extra"] = .object(
                    subject.extra.reduce(into: [:]) { $0[$1.key] = .array($1.value.map { .string($0) }) }
                )
            }
        }
        let review: JSONValue = [
            "apiVersion": "authorization.k8s.io/v1", "kind": .string(kind), "metadata": [:], "spec": spec,
        ]
        let answer = try await answer(
            Call(
                method: "POST",
                path: "/apis/authorization.k8s.io/v1/\(kind.lowercased())s",
                headers: [.init("Content-Type", "application/json")],
                body: review.serialized()
            ),
            deadline: deadline
        )
        return answer.object["status"]?["allowed"]?.boolValue ?? false
    }
}
