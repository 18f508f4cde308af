// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// Whether the CustomResourceDefinitions are installed, are those of this binary, and are in use.
struct DefinitionsCheck {
    private static let name = "crds"
    private static let type = GroupVersionKind(
        group: "apiextensions.k8s.io",
        version: "v1",
        kind: "CustomResourceDefinition"
    )
    private static let remedy = ["kubectl apply --server-side -f crds/    # of version \(Version.text)"]

    static func run(_ client: KubernetesClient) async -> [Diagnosis] {
        await CustomResources.definitions.map(\.definition).concurrentMap(limit: 4) { definition in
            let name = definition["metadata"]?["name"]?.stringValue ?? ""
            let key = ObjectKey(group: Self.type.group, kind: Self.type.kind, namespace: nil, name: name)
            switch await client.look(at: Self.type, key) {
            case .live(let live): return judge(name, live: live, wanted: definition)
            case .absent: return judge(name, live: nil, wanted: definition)
            case .unknown(let error):
                return Diagnosis(Self.name, name, .notChecked, "it cannot be read: \(error)")
            }
        }
    }

    /// - Parameter live: as the server has it; `nil` if it has none.
    static func judge(_ name: String, live: JSONValue?, wanted: JSONValue) -> Diagnosis {
        guard let live else {
            return Diagnosis(Self.name, name, .problem, "it is not installed", remedy: remedy)
        }
        guard live["metadata"]?["deletionTimestamp"] == nil else {
            return Diagnosis(
                Self.name,
                name,
                .problem,
                "it is being deleted, and with it every object of its kind",
                remedy: ["wait until it is gone, or see what holds it: kubectl get crd \(name) -o yaml"] + remedy
            )
        }
        let conditions = live["status"]?["conditions"]?.arrayValue ?? []
        let established = conditions.first { $0["type"] == "Established" }
        guard established?["status"] == "True" else {
            let reason = conditions.first { $0["status"] == "False" }?["message"]?.stringValue
            return Diagnosis(
                Self.name,
                name,
                .problem,
                "the server does not serve it: \(reason ?? "it is not established yet")",
                remedy: ["kubectl describe crd \(name)"]
            )
        }
        if let place = difference(live["spec"] ?? .null, wanted["spec"] ?? .null, at: "spec") {
            return Diagnosis(
                Self.name,
                name,
                .problem,
                "it is of another version than this binary (\(Version.text)): \(place) differs",
                remedy: remedy
            )
        }
        return Diagnosis(Self.name, name, .ok, "installed, established, and as this binary has it")
    }

    /// Where the server has something else than we want. What it adds by itself does not count, except in a schema, to which it adds nothing.
    private static func difference(_ live: JSONValue, _ wanted: JSONValue, at place: String) -> String? {
        if place.hasSuffix("openAPIV3Schema.properties.spec") || place.hasSuffix("openAPIV3Schema.properties.status") {
            return live == wanted ? nil : place
        }
        if let members = wanted.objectValue {
            for (key, value) in members {
                guard let found = live[key] else { return "\(place).\(key)" }
                if let inner = difference(found, value, at: "\(place).\(key)") { return inner }
            }
            return nil
        }
        if let items = wanted.arrayValue {
            guard let found = live.arrayValue, found.count == items.count else { return place }
            for (index, item) in items.enumerated() {
                if let inner = difference(found[index], item, at: "\(place)[\(index)]") { return inner }
            }
            return nil
        }
        return live == wanted ? nil : place
    }
}
