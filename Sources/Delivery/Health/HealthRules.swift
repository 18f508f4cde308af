// SPDX-License-Identifier: Apache-2.0

package import Change
package import Concurrency
package import JSON

/// How an object does, read from the object alone: the rules of kstatus (`sigs.k8s.io/cli-utils/pkg/kstatus`), except that a Job is current
/// only once it is complete, and with rules of their own for the Gateway API, KServe and aggregated APIs, of which kstatus knows nothing.
package enum HealthRules {
    /// - Parameter now: tells how long something has lasted that is only bad when it lasts.
    package static func health(
        of object: JSONValue,
        now: Timestamp = WallClock.system.now
    ) -> (health: Health, message: String) {
        if object["metadata"]?["deletionTimestamp"] != nil {
            return (.terminating, "it is being deleted")
        }
        let status = ObjectStatus(object)
        if let generation = object["metadata"]?["generation"]?.intValue,
            let observed = status.int("observedGeneration"), observed != generation
        {
            return (.inProgress, "generation \(generation) is not observed yet, the latest observed is \(observed)")
        }
        if let generic = genericConditions(status) { return generic }
        if let byKind = rule(for: object, status, now) { return byKind }
        switch status.condition("Ready") {
        case nil: return (.current, "the object exists")
        case .some(let ready) where ready.isTrue: return (.current, "ready")
        case .some(let ready): return (.inProgress, ready.text ?? "not ready yet")
        }
    }

    private static func genericConditions(_ status: ObjectStatus) -> (Health, String)? {
        for condition in status.conditions where condition.isTrue {
            if condition.type == "Reconciling" { return (.inProgress, condition.text ?? "reconciling") }
            if condition.type == "Stalled" { return (.failed, condition.text ?? "stalled") }
        }
        return nil
    }

    private static func rule(
        for object: JSONValue,
        _ status: ObjectStatus,
        _ now: Timestamp
    ) -> (Health, String)? {
        let apiVersion = object["apiVersion"]?.stringValue ?? ""
        let group = apiVersion.split(separator: "/").count == 2 ? String(apiVersion.prefix { $0 != "/" }) : ""
        let kind = object["kind"]?.stringValue ?? ""
        switch (group, kind) {
        case ("apps", "Deployment"): return WorkloadHealth.deployment(object, status)
        case ("apps", "StatefulSet"): return WorkloadHealth.statefulSet(object, status)
        case ("apps", "DaemonSet"): return WorkloadHealth.daemonSet(object, status)
        case ("apps", "ReplicaSet"): return WorkloadHealth.replicaSet(object, status)
        case ("", "Pod"): return WorkloadHealth.pod(object, status, now)
        case ("batch", "Job"): return WorkloadHealth.job(status)
        case ("batch", "CronJob"): return WorkloadHealth.cronJob(object)
        case ("", "PersistentVolumeClaim"): return persistentVolumeClaim(status)
        case ("", "Service"): return NetworkHealth.service(object)
        case ("gateway.networking.k8s.io", "Gateway"): return NetworkHealth.gateway(object, status)
        case ("gateway.networking.k8s.io", _) where kind.hasSuffix("Route"):
            return NetworkHealth.route(object, status)
        case ("serving.kserve.io", "InferenceService"): return WorkloadHealth.inferenceService(status)
        case ("", "Namespace"): return ExtensionHealth.namespace(status)
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): return ExtensionHealth.definition(status)
        case ("apiregistration.k8s.io", "APIService"): return ExtensionHealth.service(status)
        case ("policy", "PodDisruptionBudget"), ("", "Secret"), ("", "ConfigMap"):
            return (.current, "the object exists")
        case ("taffrail.dev", "Inventory"): return (.current, "the object exists")
        case ("taffrail.dev", _): return ownKind(object, status)
        default: return nil
        }
    }

    /// Our own loops report on what they look at: what has no report yet was not looked at.
    private static func ownKind(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String)? {
        if object["spec"]?["suspend"] == true { return (.current, "suspended") }
        guard let observed = status.int("observedGeneration"), observed >= 0, status.condition("Ready") != nil else {
            return (.inProgress, "its controller has not looked at it yet")
        }
        return nil
    }

    private static func persistentVolumeClaim(_ status: ObjectStatus) -> (Health, String) {
        let phase = status.string("phase") ?? "unknown"
        return phase == "Bound" ? (.current, "bound") : (.inProgress, "the claim is not bound: phase \(phase)")
    }
}

/// An object's `status`, read leniently: a field of an odd type counts as absent.
struct ObjectStatus {
    struct Condition {
        let type: String
        let status: String
        let reason: String?
        let message: String?
        /// When the status word last changed.
        let since: Timestamp?
        /// The generation that was looked at, where the condition says it itself.
        let generation: Int64?

        var isTrue: Bool { status == "True" }
        var isFalse: Bool { status == "False" }
        var text: String? {
            if let message, !message.isEmpty { return message }
            return reason
        }
    }

    private let status: JSONValue?
    let conditions: [Condition]

    init(_ object: JSONValue) {
        self.init(status: object["status"])
    }

    /// - Parameter status: also a part of one that has conditions of its own.
    init(status: JSONValue?) {
        self.status = status
        conditions = (status?["conditions"]?.arrayValue ?? []).compactMap { condition in
            guard let type = condition["type"]?.stringValue, let status = condition["status"]?.stringValue else {
                return nil
            }
            return Condition(
                type: type,
                status: status,
                reason: condition["reason"]?.stringValue,
                message: condition["message"]?.stringValue,
                since: condition["lastTransitionTime"]?.stringValue.flatMap { Timestamp($0) },
                generation: condition["observedGeneration"]?.intValue
            )
        }
    }

    subscript(field: String) -> JSONValue? { status?[field] }
    func int(_ field: String) -> Int64? { Self.count(status?[field]) }

    /// A number as Kubernetes has them, int32 and not negative: one of another server may be anything, and is reckoned with.
    static func count(_ value: JSONValue?) -> Int64? { value?.intValue.map { min(max($0, 0), Int64(Int32.max)) } }
    func string(_ field: String) -> String? { status?[field]?.stringValue }
    func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }
    func list(_ field: String) -> [JSONValue] { status?[field]?.arrayValue ?? [] }
}
