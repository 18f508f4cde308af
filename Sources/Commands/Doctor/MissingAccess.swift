// SPDX-License-Identifier: Apache-2.0

internal import Kubernetes

/// Accesses that somebody lacks, in words, and as the RBAC rules that would grant them.
struct MissingAccess {
    let accesses: [ResourceAccess]

    /// `get and patch deployments.apps in namespace models; impersonate groups "system:authenticated" in the cluster`.
    var description: String {
        places.map { place, accesses in
            let what = Self.grants(accesses, by: \.qualified).map {
                "\(Self.list($0.verbs)) \(Self.list($0.resources))"
            }
            return "\(Self.list(what))\(place.map { " in namespace \($0)" } ?? " in the cluster")"
        }.joined(separator: "; ")
    }

    /// Rules to add, for each place a heading and its rules in YAML.
    func remedy(for account: String) -> [String] {
        places.flatMap { place, accesses -> [String] in
            let role = place.map { "a Role in namespace \($0)" } ?? "a ClusterRole"
            return ["add to \(role) that is bound to \(account):"] + Self.rules(accesses)
        }
    }

    private var places: [(namespace: String?, accesses: [ResourceAccess])] {
        var places: [(namespace: String?, accesses: [ResourceAccess])] = []
        for access in accesses {
            if let index = places.firstIndex(where: { $0.namespace == access.namespace }) {
                places[index].accesses.append(access)
            } else {
                places.append((access.namespace, [access]))
            }
        }
        return places
    }

    /// One rule for all resources of a group that lack the same verbs, and for all names of a resource.
    private static func rules(_ accesses: [ResourceAccess]) -> [String] {
        var rules: [(group: String, resources: [String], names: [String], verbs: [String])] = []
        for (resources, verbs) in grants(accesses, by: Subject.init) {
            for resource in resources {
                let names = [resource.name].compactMap(\.self)
                let index = rules.firstIndex { rule in
                    guard rule.group == resource.group, rule.verbs == verbs else { return false }
                    return names.isEmpty ? rule.names.isEmpty : !rule.names.isEmpty && rule.resources == [resource.path]
                }
                guard let index else {
                    rules.append((resource.group, [resource.path], names, verbs))
                    continue
                }
                if names.isEmpty { rules[index].resources.append(resource.path) }
                rules[index].names += names
            }
        }
        return rules.map { rule in
            let names = rule.names.isEmpty ? "" : ", resourceNames: [\(quoted(rule.names))]"
            return
                "- {apiGroups: [\(quoted([rule.group]))], resources: [\(quoted(rule.resources))]\(names), verbs: [\(quoted(rule.verbs))]}"
        }
    }

    /// What a rule is about.
    private struct Subject: Hashable {
        let group: String
        let path: String
        let name: String?

        init(_ access: ResourceAccess) {
            group = access.group
            path = access.path
            name = access.name
        }
    }

    /// The resources that lack the same verbs, together.
    private static func grants<Key: Hashable>(
        _ accesses: [ResourceAccess],
        by key: (ResourceAccess) -> Key
    ) -> [(resources: [Key], verbs: [String])] {
        var verbs: [(resource: Key, verbs: [String])] = []
        for access in accesses {
            if let index = verbs.firstIndex(where: { $0.resource == key(access) }) {
                verbs[index].verbs.append(access.verb)
            } else {
                verbs.append((key(access), [access.verb]))
            }
        }
        var grants: [(resources: [Key], verbs: [String])] = []
        for (resource, verbs) in verbs {
            if let index = grants.firstIndex(where: { $0.verbs == verbs }) {
                grants[index].resources.append(resource)
            } else {
                grants.append(([resource], verbs))
            }
        }
        return grants
    }

    private static func quoted(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: ", ") }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension ResourceAccess {
    /// `deployments.apps`, `environments.taffrail.dev/status`, `groups "system:authenticated"`.
    fileprivate var qualified: String {
        let resource = group.isEmpty ? resource : "\(resource).\(group)"
        return "\(resource)\(subresource.map { "/\($0)" } ?? "")\(name.map { " \"\($0)\"" } ?? "")"
    }
}
