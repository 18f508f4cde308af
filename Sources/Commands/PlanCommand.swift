// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Change

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
