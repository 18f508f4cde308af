// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// `taffrail apply`
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Apply a commit to a cluster, on the record.",
        discussion: """
            The same road as the controller's, walked once: render, judge, compare, record the intent, apply, wait for health, record the outcome. \
            If the log cannot be written, nothing is applied. Refused files and objects are left out, and everything else goes on.

            Exit status: 0 everything landed, 1 an error or something that could not be tried, 3 something was refused.

            Example:
              taffrail keys generate --name example.com/models --out log.key
              taffrail apply --repo . --path production -n models --log ./log --key log.key --prune --begin-log
            """
    )

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var delivery: DeliveryOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var progress: ProgressOptions

    @Option(help: "How long to wait for what was applied to become healthy, in seconds; 0 does not wait.")
    var timeout = 0

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func validate() throws {
        guard timeout >= 0 else { throw ValidationError("--timeout must not be negative") }
    }

    func run() async throws {
        let environment = Environment.variables
        let progress = progress.begin()
        let desired = try await repository.read(environment: environment, progress: progress)
        let connection = try await cluster.open(environment: environment)
        let recorder = try await log.open(cluster: connection.identity(deadline: .after(.seconds(30))))
        do {
            let outcome = try await deliver(desired, connection: connection, recorder: recorder, progress: progress)
            await recorder.close()
            try present(outcome)
        } catch {
            await recorder.close()
            throw error
        }
    }

    private func deliver(
        _ desired: RepositoryOptions.DesiredState,
        connection: Cluster,
        recorder: Recorder,
        progress: Progress
    ) async throws -> Outcome {
        defer { progress.finish() }
        let namespace = delivery.namespace ?? desired.namespace ?? connection.namespace
        let target = delivery.target(namespace: namespace, spec: desired.spec, timeout: .seconds(timeout))
        let road = Road(
            client: connection.client,
            secrets: recorder.secrets,
            target: target,
            observer: RoadObserver { progress.note($0) }
        )
        try await Recovery(client: connection.client, recorder: recorder).closeOpenIntents()
        let submission = try await road.judge(
            desired.checkout,
            overlay: desired.overlay,
            namespace: namespace
        )
        return try await road.deliver(
            submission,
            recorder: recorder,
            inventory: LogInventory(recorder: recorder, environment: target.environment),
            context: RunContext(
                runID: RunContext.newRunID(),
                loop: .command,
                environment: target.environment,
                revision: desired.checkout.revision,
                commitBytes: desired.checkout.commitBytes
            ),
            deadline: .after(.seconds(600))
        ).outcome
    }

    private func present(_ outcome: Outcome) throws {
        let presenter = OutcomePresenter(outcome: outcome)
        output.write(presenter.json) { presenter.table }
        if outcome.results.contains(where: { $0.status == .skipped }) || !outcome.failed.isEmpty {
            throw CommandStatus.failed
        }
        if outcome.health.contains(where: { $0.health != .current }) { throw CommandStatus.failed }
        if !outcome.plan.findings.isEmpty { throw CommandStatus.denied }
    }
}

/// What came of an apply, as people and programs read it.
struct OutcomePresenter {
    let outcome: Outcome

    var table: [String] {
        var table = TableWriter("RESULT", "OPERATION", "KIND", "NAMESPACE", "NAME", "SOURCE", "MESSAGE")
        for result in outcome.results {
            table.add(
                result.status.rawValue,
                result.change.operation.rawValue,
                result.change.key.kind,
                result.change.key.namespace ?? "<cluster>",
                result.change.key.name,
                result.change.desired?.location.description ?? "<none>",
                result.message ?? health(of: result) ?? ""
            )
        }
        let unhealthy = outcome.health.filter { $0.health != .current }
            .map { Style.error("\($0.key) is \($0.health.rawValue): \($0.message)") }
        let plan = PlanPresenter(plan: outcome.plan)
        return (outcome.results.isEmpty ? [] : table.lines) + unhealthy + plan.findings + plan.left + [summary]
    }

    var json: JSONValue {
        [
            "revision": outcome.plan.revision.map { .string($0.description) } ?? .null,
            "results": .array(outcome.results.map(Self.json)),
            "health": .array(
                outcome.health.map {
                    [
                        "object": .string($0.key.description), "health": .string($0.health.rawValue),
                        "message": .string($0.message),
                    ]
                }
            ),
            "findings": .array(outcome.plan.findings.map(PlanPresenter.json)),
            "left": .array(outcome.plan.left.map(PlanPresenter.json)),
        ]
    }

    private var summary: String {
        func count(_ status: ChangeResult.Status) -> Int { outcome.results.count { $0.status == status } }
        let unchanged = outcome.plan.changes.count - outcome.plan.writes.count
        let parts = [
            "\(count(.succeeded)) applied", "\(unchanged) unchanged",
            count(.terminating) > 0 ? "\(count(.terminating)) still being deleted" : nil,
            outcome.failed.isEmpty ? nil : "\(outcome.failed.count) failed",
            count(.skipped) > 0 ? "\(count(.skipped)) skipped" : nil,
            outcome.plan.findings.isEmpty ? nil : "\(outcome.plan.findings.count) refused",
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    private func health(of result: ChangeResult) -> String? {
        outcome.health.first { $0.key == result.change.key }?.message
    }

    private static func json(_ result: ChangeResult) -> JSONValue {
        var object: JSONValue = [
            "object": .string(result.change.key.description),
            "operation": .string(result.change.operation.rawValue),
            "status": .string(result.status.rawValue),
        ]
        object["source"] = result.change.desired.map { .string($0.location.description) }
        object["httpStatus"] = result.httpStatus.map { .int(Int64($0)) }
        object["resourceVersion"] = result.resourceVersion.map { .string($0) }
        object["auditID"] = result.auditID.map { .string($0) }
        object["message"] = result.message.map { .string($0) }
        return object
    }
}
