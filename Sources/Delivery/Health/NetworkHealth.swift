// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON

/// The rules for what carries traffic: kstatus's for Services, and those of the Gateway API's own status.
enum NetworkHealth {
    static func service(_ object: JSONValue) -> (Health, String) {
        let needsAddress = object["spec"]?["type"]?.stringValue == "LoadBalancer"
        let address = object["spec"]?["clusterIP"]?.stringValue ?? ""
        return needsAddress && address.isEmpty ? (.inProgress, "it has no cluster address yet") : (.current, "ready")
    }

    static func gateway(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        opinion(on: ["Accepted", "Programmed"], in: status, generation: generation(of: object)) ?? (
            .current, "programmed"
        )
    }

    /// A route is as it should be when every parent that it names says so of its current generation. A parent may be looked after by several
    /// controllers, and each of them has its own say.
    static func route(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        let home = object["metadata"]?["namespace"]?.stringValue
        let said = status.list("parents").map {
            (parent: Parent($0["parentRef"], home: home), status: ObjectStatus(status: $0))
        }
        let wanted = (object["spec"]?["parentRefs"]?.arrayValue ?? []).map { Parent($0, home: home) }
        for parent in wanted {
            let words = said.filter { $0.parent == parent }
            guard !words.isEmpty else { return (.inProgress, "its parent \(parent) has not looked at it yet") }
            for word in words {
                let opinion = opinion(
                    on: ["Accepted", "ResolvedRefs"],
                    in: word.status,
                    generation: generation(of: object)
                )
                if let (health, text) = opinion { return (health, "parent \(parent): \(text)") }
            }
        }
        return (
            .current, wanted.isEmpty ? "it names no parent" : "accepted by \(wanted.count) of \(wanted.count) parents"
        )
    }

    private static func generation(of object: JSONValue) -> Int64? { object["metadata"]?["generation"]?.intValue }

    /// Reasons for a refusal that other objects can take away, which may be on their way.
    private static let passing: Set<String> = [
        "Pending", "AddressNotAssigned", "NoResources", "BackendNotFound", "RefNotPermitted", "NoMatchingParent",
    ]

    /// The first of the conditions that does not hold; `nil` if all do.
    private static func opinion(
        on types: [String],
        in status: ObjectStatus,
        generation: Int64?
    ) -> (Health, String)? {
        for type in types {
            guard let condition = status.condition(type) else {
                return (.inProgress, "nobody has said yet whether it is \(type)")
            }
            if let generation, let observed = condition.generation, observed != generation {
                return (.inProgress, "generation \(generation) is not observed yet, the latest observed is \(observed)")
            }
            guard !condition.isTrue else { continue }
            let isFinal = condition.isFalse && !passing.contains(condition.reason ?? "Pending")
            return (isFinal ? .failed : .inProgress, "not \(type): \(condition.text ?? condition.status)")
        }
        return nil
    }

    /// What a route is attached to, with what the Gateway API says of what is left out.
    private struct Parent: Hashable, CustomStringConvertible {
        private let group: String
        private let kind: String
        private let namespace: String?
        private let name: String
        private let section: String?
        private let port: Int64?

        init(_ reference: JSONValue?, home: String?) {
            group = reference?["group"]?.stringValue ?? "gateway.networking.k8s.io"
            kind = reference?["kind"]?.stringValue ?? "Gateway"
            namespace = reference?["namespace"]?.stringValue ?? home
            name = reference?["name"]?.stringValue ?? ""
            section = reference?["sectionName"]?.stringValue
            port = reference?["port"]?.intValue
        }

        var description: String {
            [kind, namespace, name, section, port.map(String.init)].compactMap(\.self).joined(separator: "/")
        }
    }
}
