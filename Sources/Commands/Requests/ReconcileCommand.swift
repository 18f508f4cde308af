// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// How long the commands that ask a controller for something wait for it.
struct AnswerOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Wait until the controller has looked, and say what it found.")
    var wait = true

    @Option(help: "How long to wait: seconds, or a duration such as 5m.")
    var timeout = WaitingTime(argument: "5m") ?? .none

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    /// Prints what the controller said.
    ///
    /// - Throws: `CommandStatus.failed` if not all is well.
    func tell(_ answers: [RequestedLook.Answer]) throws {
        output.write(["items": .array(answers.map(\.value))]) {
            var table = TableWriter("RESOURCE", "READY", "REASON", "MESSAGE")
            for answer in answers {
                table.add("\(answer.resource)", answer.isReady ? "True" : "False", answer.reason, answer.message)
            }
            return table.lines
        }
        guard answers.allSatisfy(\.isReady) else { throw CommandStatus.failed }
    }
}

/// `taffrail reconcile`
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Have the controller look at a resource now.",
        discussion: """
            A ConfigRepository is fetched, and an Environment compared and applied, without waiting for their intervals. Asks by the annotation \
            taffrail.dev/requestedAt, which the status echoes as lastHandledReconcileAt once it is done.

            Exit status: 0 when it is Ready afterwards, 1 otherwise.

            Examples:
              taffrail reconcile environment/production -n models
              taffrail reconcile environment production staging -n models --with-source
            """
    )

    @OptionGroup var names: ResourceNames
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var answers: AnswerOptions
    @OptionGroup var progress: ProgressOptions

    @Flag(help: "Have the repository of each Environment fetched before that.")
    var withSource = false

    func run() async throws {
        let connection = try await cluster.open(environment: Environment.variables)
        let progress = progress.begin()
        defer { progress.finish() }
        let look = RequestedLook(names, connection, limit: answers.timeout.duration, progress: progress)
        let resources = try names.resources()
        if withSource { try await fetch(for: resources, look) }
        let said = try await look.ask(resources, waits: answers.wait)
        progress.finish()
        if answers.wait { try answers.tell(said) }
    }

    /// Each repository once, however many Environments read it.
    private func fetch(for resources: [NamedResource], _ look: RequestedLook) async throws {
        var sources: [NamedResource] = []
        for resource in resources where resource.type == .environment {
            guard let name = try await look.find(resource)["spec"]?["repositoryRef"]?["name"]?.stringValue else {
                continue
            }
            let source = NamedResource(type: .configRepository, name: name)
            if !sources.contains(source) { sources.append(source) }
        }
        for answer in try await look.ask(sources, waits: answers.wait) where !answer.isReady {
            throw CommandError("\(answer.resource): \(answer.reason): \(answer.message)")
        }
    }
}
