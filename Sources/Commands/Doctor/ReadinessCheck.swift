// SPDX-License-Identifier: Apache-2.0

internal import Delivery
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// Whether our resources are Ready, in the words of whoever reconciles them: what a person would look for next when everything around them is fine.
struct ReadinessCheck {
    private static let name = "resources"

    static func judge(_ resources: WatchedResources) -> [Diagnosis] {
        let all =
            resources.repositories.map { ("ConfigRepository", $0) } + resources.environments.map { ("Environment", $0) }
            + resources.models.map { ("ModelDeployment", $0) }
        let unready = all.compactMap { judge($0, $1) }
        guard unready.isEmpty, !all.isEmpty else { return unready }
        return [Diagnosis(name, "in the cluster", .ok, "every one is Ready: \(all.count) looked at")]
    }

    /// `nil` for one that is Ready.
    private static func judge(_ kind: String, _ object: JSONValue) -> Diagnosis? {
        func diagnosis(_ verdict: Diagnosis.Verdict, _ message: String, remedy: [String] = []) -> Diagnosis {
            Diagnosis(name, "\(kind) \(NamespacedName(object))", verdict, message, remedy: remedy)
        }
        if object["metadata"]?["deletionTimestamp"] != nil {
            return diagnosis(.warning, "it is being deleted\(words(ready(object)).map { ": \($0)" } ?? "")")
        }
        guard let ready = ready(object) else {
            return diagnosis(
                .warning,
                "nothing has looked at it yet",
                remedy: ["see that 'taffrail controller' runs, and that its --namespace is that of the resource"]
            )
        }
        // What was said of an older spec is said no more.
        let generation = object["metadata"]?["generation"]?.intValue ?? 0
        let observed = ready["observedGeneration"]?.intValue ?? generation
        let said = words(ready) ?? "without a reason"
        switch ready["status"]?.stringValue {
        case "True" where observed >= generation: return nil
        case "True": return diagnosis(.warning, "its status is that of an older spec: \(said)")
        case "False": return diagnosis(.problem, "it is not Ready: \(said)", remedy: remedy(kind, object))
        default: return diagnosis(.warning, "it is not Ready yet: \(said)")
        }
    }

    private static func ready(_ object: JSONValue) -> JSONValue? { Conditions(object["status"])["Ready"] }

    private static func words(_ condition: JSONValue?) -> String? {
        let parts = ["reason", "message"].compactMap { condition?[$0]?.stringValue }.filter { !$0.isEmpty }
        return parts.isEmpty ? nil : parts.joined(separator: ": ")
    }

    private static func remedy(_ kind: String, _ object: JSONValue) -> [String] {
        let name = NamespacedName(object)
        switch kind {
        case "Environment":
            return ["taffrail tree \(name.name) -n \(name.namespace)    # what it delivers, and how that does"]
        case "ModelDeployment":
            return ["kubectl -n \(name.namespace) describe modeldeployment \(name.name)    # and what it waits for"]
        default: return []
        }
    }
}
