// SPDX-License-Identifier: Apache-2.0

import JSON

/// Something that an account was granted, or made use of.
struct AccountAccess: Hashable, CustomStringConvertible {
    let verb: String
    let group: String
    /// With its subresource.
    let resource: String
    /// `nil` of the cluster, and in a grant of all namespaces.
    let namespace: String?
    /// `nil` where no object is named, and in a grant of all objects.
    let name: String?

    var description: String {
        let kind = group.isEmpty ? resource : "\(resource).\(group)"
        return "\(verb) \(kind)\(name.map { " '\($0)'" } ?? "")\(namespace.map { " in \($0)" } ?? "")"
    }

    /// Whether whoever was granted this may do that.
    func covers(_ use: AccountAccess) -> Bool {
        verb == use.verb && group == use.group && resource == use.resource
            && (namespace == nil || namespace == use.namespace) && (name == nil || name == use.name)
    }

    // MARK: - Grants

    /// What a Role or ClusterRole grants, one by one.
    static func granted(by role: JSONValue) -> [AccountAccess] {
        let namespace = role["metadata"]?["namespace"]?.stringValue
        return (role["rules"]?.arrayValue ?? []).flatMap { rule in
            func words(_ field: String) -> [String] { rule[field]?.arrayValue?.compactMap(\.stringValue) ?? [] }
            let names: [String?] = words("resourceNames").isEmpty ? [nil] : words("resourceNames")
            var accesses: [AccountAccess] = []
            for (group, resource) in words("apiGroups").flatMap({ group in words("resources").map { (group, $0) } }) {
                for verb in words("verbs") {
                    accesses += names.map {
                        AccountAccess(verb: verb, group: group, resource: resource, namespace: namespace, name: $0)
                    }
                }
            }
            return accesses
        }
    }

    // MARK: - Uses

    /// What an account made use of in a request, by the API server's audit log. What everybody may do who is anybody counts for nothing: to ask
    /// what a server serves.
    ///
    /// - Parameter event: a request that was answered.
    static func used(in event: JSONValue) -> [AccountAccess] {
        // A request as somebody else is that one's; what is one's own is to be allowed to.
        if let other = event["impersonatedUser"] { return impersonation(of: other) }
        guard let object = event["objectRef"], let verb = event["verb"]?.stringValue,
            let resource = object["resource"]?.stringValue
        else { return [] }
        // An apply is a patch, and makes what is not there.
        let isCreation = verb == "patch" && event["responseStatus"]?["code"]?.intValue == 201
        return ([verb] + (isCreation ? ["create"] : [])).map {
            AccountAccess(
                verb: $0,
                group: object["apiGroup"]?.stringValue ?? "",
                resource: [resource, object["subresource"]?.stringValue].compactMap { $0 }.joined(separator: "/"),
                namespace: object["namespace"]?.stringValue,
                name: object["name"]?.stringValue
            )
        }
    }

    private static func impersonation(of user: JSONValue) -> [AccountAccess] {
        let parts = (user["username"]?.stringValue ?? "").split(separator: ":").map(String.init)
        let account =
            parts.count == 4
            ? AccountAccess(
                verb: "impersonate",
                group: "",
                resource: "serviceaccounts",
                namespace: parts[2],
                name: parts[3]
            ) : nil
        let groups = (user["groups"]?.arrayValue ?? []).compactMap(\.stringValue).map {
            AccountAccess(verb: "impersonate", group: "", resource: "groups", namespace: nil, name: $0)
        }
        return [account].compactMap { $0 } + groups
    }
}
