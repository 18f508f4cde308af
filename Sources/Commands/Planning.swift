// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import Keys

/// What `plan` and `diff` have in common.
struct Planning {
    let repository: RepositoryOptions
    let cluster: ClusterOptions
    let delivery: DeliveryOptions
    let options: MemoryOptions
    let progress: Progress

    func run() async throws -> Plan {
        defer { progress.finish() }
        let log = try options.open()
        let environment = Environment.variables
        let desired = try await repository.read(environment: environment, progress: progress)
        let connection = try await cluster.open(environment: environment)
        let namespace = delivery.namespace ?? desired.namespace ?? connection.namespace
        let target = delivery.target(namespace: namespace, spec: desired.spec, timeout: .zero)
        let road = Road(
            client: connection.client,
            secrets: try secrets(),
            target: target,
            observer: RoadObserver { progress.note($0) }
        )
        let submission = try await road.judge(
            desired.checkout,
            overlay: desired.overlay,
            namespace: namespace
        )
        let memory =
            try log.map {
                Planner.Memory(recorded: try $0.recorded(in: target.environment), origin: try $0.origin())
            } ?? .none
        return try await road.plan(submission, memory: memory, deadline: .after(.seconds(300))).plan
    }

    /// Digests of Secrets can only be compared with the key that they were made with; without it every Secret looks changed.
    private func secrets() throws -> SecretKeeper {
        SecretKeeper(key: try options.key.map { try LogKey.secretKey(of: $0) } ?? randomBytes(32))
    }
}
