// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Change

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
