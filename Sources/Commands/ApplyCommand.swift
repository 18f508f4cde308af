// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Change
internal import Concurrency
internal import Delivery

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

    @Option(
        help:
            "How long to wait until everything is healthy, also what did not change, in seconds or as 5m or 1h30m; 0 does not wait."
    )
    var timeout = WaitingTime.none

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

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
        let target = delivery.target(namespace: namespace, spec: desired.spec, timeout: timeout.duration)
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
        var history = History()
        history.unsettled = .all
        history.waitsForUnsettled = true
        return try await road.deliver(
            submission,
            recorder: recorder,
            inventory: LogInventory(recorder: recorder, environment: target.environment),
            context: RunContext(
                runID: RunContext.newRunID(),
                loop: .command,
                environment: target.environment,
                revision: desired.checkout.revision,
                commitBytes: desired.checkout.commitBytes,
                overlay: desired.overlay.digest(recorder.secrets)
            ),
            history: history,
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
