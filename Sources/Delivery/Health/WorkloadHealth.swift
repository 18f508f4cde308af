// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Concurrency
internal import JSON

/// The rules of kstatus for what runs pods.
enum WorkloadHealth {
    static func deployment(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        let wanted = ObjectStatus.count(object["spec"]?["replicas"]) ?? 1
        let deadline = object["spec"]?["progressDeadlineSeconds"]?.intValue
        let progressing = status.condition("Progressing")
        if progressing?.reason == "ProgressDeadlineExceeded" {
            return (.failed, progressing?.text ?? "the progress deadline was exceeded")
        }
        let replicas = status.int("replicas") ?? 0
        let updated = status.int("updatedReplicas") ?? 0
        let available = status.int("availableReplicas") ?? 0
        let ready = status.int("readyReplicas") ?? 0
        if wanted > replicas { return (.inProgress, "\(replicas) of \(wanted) replicas exist") }
        if wanted > updated { return (.inProgress, "\(updated) of \(wanted) replicas are updated") }
        if replicas > wanted { return (.inProgress, "\(replicas - wanted) replicas are still to be ended") }
        if updated > available { return (.inProgress, "\(available) of \(updated) replicas are available") }
        if wanted > ready { return (.inProgress, "\(ready) of \(wanted) replicas are ready") }
        let needsProgress = deadline.map { $0 != Int64(Int32.max) } ?? false
        if needsProgress, progressing?.isTrue != true || progressing?.reason != "NewReplicaSetAvailable" {
            return (.inProgress, "the new replica set is not available yet")
        }
        guard status.condition("Available")?.isTrue == true else { return (.inProgress, "not available yet") }
        return (.current, "\(ready) of \(wanted) replicas are ready")
    }

    static func statefulSet(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        let strategy = object["spec"]?["updateStrategy"]
        if strategy?["type"]?.stringValue == "OnDelete" { return (.current, "pods are updated when they are deleted") }
        let wanted = ObjectStatus.count(object["spec"]?["replicas"]) ?? 1
        let replicas = status.int("replicas") ?? 0
        let ready = status.int("readyReplicas") ?? 0
        if wanted > replicas { return (.inProgress, "\(replicas) of \(wanted) replicas exist") }
        if wanted > ready { return (.inProgress, "\(ready) of \(wanted) replicas are ready") }
        if replicas > wanted { return (.inProgress, "\(replicas - wanted) replicas are still to be ended") }
        if let partition = ObjectStatus.count(strategy?["rollingUpdate"]?["partition"]) {
            let updated = status.int("updatedReplicas") ?? 0
            return updated < wanted - partition
                ? (.inProgress, "\(updated) of \(wanted - partition) replicas are updated")
                : (.current, "\(ready) of \(wanted) replicas are ready")
        }
        let current = status.int("currentReplicas") ?? 0
        if wanted > current { return (.inProgress, "\(current) of \(wanted) replicas are current") }
        guard status.string("currentRevision") == status.string("updateRevision") else {
            return (.inProgress, "the update to the newest revision is under way")
        }
        return (.current, "\(ready) of \(wanted) replicas are ready")
    }

    static func daemonSet(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        guard object["metadata"]?["generation"]?.intValue != nil, status.int("observedGeneration") != nil,
            let wanted = status.int("desiredNumberScheduled")
        else { return (.inProgress, "its controller has not looked at it yet") }
        let counts = [
            ("currentNumberScheduled", "scheduled"), ("updatedNumberScheduled", "updated"),
            ("numberAvailable", "available"), ("numberReady", "ready"),
        ]
        for (field, word) in counts {
            let count = status.int(field) ?? 0
            if wanted > count { return (.inProgress, "\(count) of \(wanted) pods are \(word)") }
        }
        return (.current, "\(wanted) of \(wanted) pods are ready")
    }

    static func replicaSet(_ object: JSONValue, _ status: ObjectStatus) -> (Health, String) {
        if let failure = status.condition("ReplicaFailure"), failure.isTrue {
            return (.inProgress, failure.text ?? "pods cannot be created")
        }
        let wanted = ObjectStatus.count(object["spec"]?["replicas"]) ?? 1
        let fields = [
            ("fullyLabeledReplicas", "labelled"), ("availableReplicas", "available"), ("readyReplicas", "ready"),
        ]
        for (field, word) in fields {
            let count = status.int(field) ?? 0
            if wanted > count { return (.inProgress, "\(count) of \(wanted) replicas are \(word)") }
        }
        let replicas = status.int("replicas") ?? 0
        return replicas > wanted
            ? (.inProgress, "\(replicas - wanted) replicas are still to be ended")
            : (.current, "\(wanted) replicas are ready")
    }

    static func job(_ status: ObjectStatus) -> (Health, String) {
        if let failed = status.condition("Failed"), failed.isTrue { return (.failed, failed.text ?? "the job failed") }
        if status.condition("Complete")?.isTrue == true { return (.current, "the job is complete") }
        // It does as it is told: to wait for it would be to wait for somebody.
        if status.condition("Suspended")?.isTrue == true { return (.current, "suspended") }
        return (.inProgress, status.string("startTime") == nil ? "the job has not started" : "the job is running")
    }

    static func cronJob(_ object: JSONValue) -> (Health, String) {
        (.current, object["spec"]?["suspend"] == true ? "suspended" : "the object exists")
    }

    /// KServe's words on the model count before those on what serves it: a model that cannot be loaded has failed, whatever its conditions
    /// say, and one that is being loaded has not.
    static func inferenceService(_ status: ObjectStatus) -> (Health, String) {
        if let stopped = status.condition("Stopped"), stopped.isTrue {
            return (.current, stopped.text ?? "stopped")
        }
        let model = status["modelStatus"]
        switch model?["transitionStatus"]?.stringValue {
        case nil, "UpToDate": break
        case "InProgress": return (.inProgress, "the model is being loaded")
        case .some(let word):
            return (
                .failed, model?["lastFailureInfo"]?["message"]?.stringValue ?? "the model cannot be loaded: \(word)"
            )
        }
        // That it is not stopped is as it should be.
        let conditions = status.conditions.filter { $0.type != "Stopped" }
        guard !conditions.isEmpty else { return (.inProgress, "its controller has not looked at it yet") }
        guard let open = conditions.first(where: { !$0.isTrue }) else { return (.current, "ready") }
        return (.inProgress, "\(open.type): \(open.text ?? "not true yet")")
    }

    /// How long a pod may be without a node before that counts as a failure, as in kstatus: autoscalers need a moment.
    private static let schedulingGrace: Int64 = 15

    static func pod(_ object: JSONValue, _ status: ObjectStatus, _ now: Timestamp) -> (Health, String) {
        switch status.string("phase") {
        case "Succeeded": return (.current, "the pod has completed")
        case "Failed": return (.current, "the pod has completed, but not successfully")
        case "Running":
            if status.condition("Ready")?.isTrue == true { return (.current, "the pod is ready") }
            let waiting = (status.list("initContainerStatuses") + status.list("containerStatuses"))
                .first { $0["state"]?["waiting"]?["reason"]?.stringValue == "CrashLoopBackOff" }
            if let name = waiting?["name"]?.stringValue {
                return (.failed, "container \(name) crashes again and again")
            }
            return (.inProgress, "the pod is running but not ready")
        case "Pending":
            if let scheduled = status.condition("PodScheduled"), scheduled.reason == "Unschedulable" {
                let created = object["metadata"]?["creationTimestamp"]?.stringValue.flatMap { Timestamp($0) }
                let age = (scheduled.since ?? created).map { now.seconds - $0.seconds } ?? 0
                let text = scheduled.text ?? "the pod cannot be scheduled"
                return (age > schedulingGrace ? .failed : .inProgress, text)
            }
            return (.inProgress, "the pod is pending")
        default:
            return (.inProgress, "the pod has no phase yet")
        }
    }
}
