// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Change
internal import Concurrency
internal import Delivery
internal import Keys

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// `taffrail plan`
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a commit would change in a cluster, without changing anything.",
        discussion: """
            Renders the manifests, judges them, and asks the API server by dry-run what would become of each object that changes. With --log, what was \
            applied from here before is known; with --log and --prune, what would be pruned is shown.

            Exit status: 0 nothing is wrong, 1 an error, 3 something is refused; with --detailed-exitcode 2 if there are changes.

            Example:
              taffrail plan --repo https://git.example.com/models.git --path production -n models
            """
    )

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var delivery: DeliveryOptions

    @OptionGroup var memory: MemoryOptions
    @OptionGroup var progress: ProgressOptions

    @Flag(help: "Exit with 2 if there are changes.")
    var detailedExitcode = false

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func run() async throws {
        let plan = try await Planning(
            repository: repository,
            cluster: cluster,
            delivery: delivery,
            options: memory,
            progress: progress.begin()
        ).run()
        let presenter = PlanPresenter(plan: plan)
        output.write(presenter.json(notChecked: memory.notChecked)) { presenter.table }
        output.note(notChecked: memory.notChecked)
        if !plan.findings.isEmpty { throw CommandStatus.denied }
        if detailedExitcode, !plan.writes.isEmpty { throw CommandStatus.differences }
    }
}

/// `taffrail diff`
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show, field by field, how a commit differs from a cluster.",
        discussion: """
            Values of Secrets are masked. Exit status: 0 no differences, 1 differences, 2 an error or a refused object, as with 'kubectl diff'.

            Example:
              taffrail diff --repo . --path production -n models
            """
    )

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var delivery: DeliveryOptions

    @OptionGroup var memory: MemoryOptions
    @OptionGroup var progress: ProgressOptions

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func run() async throws {
        let plan: Plan
        do {
            plan = try await Planning(
                repository: repository,
                cluster: cluster,
                delivery: delivery,
                options: memory,
                progress: progress.begin()
            ).run()
        } catch {
            TaffrailCommand.tell(error)
            throw CommandStatus.differences
        }
        let presenter = PlanPresenter(plan: plan)
        output.write(presenter.json(notChecked: memory.notChecked)) { presenter.unifiedDiff }
        output.note(notChecked: memory.notChecked)
        if !plan.findings.isEmpty { throw CommandStatus.differences }
        if !plan.writes.isEmpty { throw CommandStatus.diffFound }
    }
}

/// What was applied from here before.
struct MemoryOptions: ParsableArguments {
    @Option(name: .customLong("log"), help: "The log of earlier applies from here.", completion: .directory)
    var log: String?

    @Option(help: "That log's private key: with it, unchanged Secrets are known as such.", completion: .file())
    var key: String?

    func validate() throws {
        guard key == nil || log != nil else { throw ValidationError("--key needs --log: it is that log's key") }
    }

    var notChecked: [String] {
        log == nil ? ["prunes, since no --log tells what was applied before"] : []
    }

    /// The log that was named. One that is not there would tell of nothing that was applied, and so hide what would be pruned.
    func open() throws -> AuditLog? {
        guard let log else { return nil }
        let audit = AuditLog(directory: log)
        do {
            try audit.requireLog()
        } catch let error as AuditError where error.code == .notFound {
            throw CommandError(
                "there is no log in \(log): name the folder that holds the file 'checkpoint', or leave out --log before the first apply, which begins one with --begin-log"
            )
        }
        return audit
    }
}

/// What `plan` and `diff` have in common.
private struct Planning {
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
        let memory = try log.map { Planner.Memory(recorded: try $0.recorded(in: target.environment)) } ?? .none
        return try await road.plan(submission, memory: memory, deadline: .after(.seconds(300))).plan
    }

    /// Digests of Secrets can only be compared with the key that they were made with; without it every Secret looks changed.
    private func secrets() throws -> SecretKeeper {
        SecretKeeper(key: try options.key.map { try LogKey.secretKey(of: $0) } ?? randomBytes(32))
    }
}

/// The process's environment, read once at the edge.
enum Environment {
    static let variables: [String: String] = {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }()
}
