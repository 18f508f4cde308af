// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Delivery
internal import Instruments
internal import JSON
internal import Kubernetes

/// What is read of a controller when somebody asks: what is gone shows no more.
struct ControllerReadings: Sendable {
    let own: OwnResources
    let view: LiveView
    let queue: WorkQueue<ControllerWork, ControllerWork.Lane>
    let recorder: Recorder

    func add(to registry: InstrumentRegistry) {
        addQueue(to: registry)
        addResources(to: registry)
        registry.reading("taffrail_log_entries", "Entries that the log has.") { [recorder] in
            [Sample(Double(recorder.size))]
        }
        registry.reading(
            "taffrail_live_objects",
            "Delivered objects that are followed, by kind.",
            labels: ["group", "kind"]
        ) { [view] in await view.counts.map { Sample(Double($0.value), $0.key.group, $0.key.kind) } }
    }

    private func addQueue(to registry: InstrumentRegistry) {
        let loops = ControllerWork.Loop.allCases
        registry.reading("workqueue_depth", "Work that is due and waits for its turn.", labels: ["name"]) { [queue] in
            let waiting = await queue.waiting
            return loops.map { loop in Sample(Double(waiting.count { $0.loop == loop }), loop.rawValue) }
        }
        let atWork: @Sendable (ControllerWork.Loop) async -> [Double] = { [queue] loop in
            await queue.atWork.filter { $0.key.loop == loop }.map { ($0.value.duration(to: .now)).inSeconds }
        }
        let readings: [(String, String, label: String, @Sendable ([Double]) -> Double)] = [
            (
                "controller_runtime_active_workers", "Looks at a resource that are under way.", "controller",
                { Double($0.count) }
            ),
            (
                "workqueue_unfinished_work_seconds", "How long all work under way has taken.", "name",
                { $0.reduce(0, +) }
            ),
            (
                "workqueue_longest_running_processor_seconds", "How long the oldest work under way has taken.", "name",
                { $0.max() ?? 0 }
            ),
        ]
        for (name, help, label, value) in readings {
            registry.reading(name, help, labels: [label]) {
                var samples: [Sample] = []
                for loop in loops { samples.append(Sample(value(await atWork(loop)), loop.rawValue)) }
                return samples
            }
        }
        registry.reading(
            "controller_runtime_max_concurrent_reconciles",
            "Looks that may be under way, of all loops together."
        ) {
            [Sample(Double(Controller.concurrency))]
        }
    }

    private func addResources(to registry: InstrumentRegistry) {
        let kinds: [(String, String, ObjectStore)] = [
            ("taffrail_config_repositories", "ConfigRepositories, by what they say of themselves.", own.repositories),
            ("taffrail_environments", "Environments, by what they say of themselves.", own.environments),
            ("taffrail_model_deployments", "ModelDeployments, by what they say of themselves.", own.models),
        ]
        for (name, help, store) in kinds {
            registry.reading(name, help, labels: ["ready", "reason"]) {
                var counts: [Readiness: Int] = [:]
                for object in store.objects { counts[Readiness(object), default: 0] += 1 }
                return counts.map { Sample(Double($0.value), $0.key.status, $0.key.reason) }
            }
        }
        let identity = ["namespace", "name"]
        registry.reading("taffrail_environment_ready", "1 if the Environment is ready, otherwise 0.", labels: identity)
        {
            [own] in own.environments.objects.map { Self.sample(Readiness($0).status == "True" ? 1 : 0, $0) }
        }
        registry.reading("taffrail_environment_objects", "Objects that the Environment has applied.", labels: identity)
        {
            [own] in own.inventories.objects.map { Self.sample($0["spec"]?["entries"]?.arrayValue?.count ?? 0, $0) }
        }
    }

    private static func sample(_ value: Int, _ object: JSONValue) -> Sample {
        let name = NamespacedName(object)
        return Sample(Double(value), name.namespace, name.name)
    }

    /// The condition `Ready` of one of our resources.
    private struct Readiness: Hashable {
        let status: String
        let reason: String

        init(_ object: JSONValue) {
            let ready = Conditions(object["status"])["Ready"]
            status = ready?["status"]?.stringValue ?? "Unknown"
            reason = ready?["reason"]?.stringValue ?? ""
        }
    }
}
