// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Concurrency
internal import JSON
internal import Kubernetes

/// `taffrail suspend`
struct SuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Have the controller leave a resource as it is.",
        discussion: """
            A suspended ConfigRepository is not fetched; a suspended Environment is neither applied, healed nor pruned, until it is resumed. Sets spec.suspend: \
            where the resource itself is delivered from Git, have it said there, since it is healed otherwise.

            Example:
              taffrail suspend environment/production -n models
            """
    )

    @OptionGroup var names: ResourceNames
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let connection = try await cluster.open(environment: Environment.variables)
        let look = RequestedLook(names, connection)
        for resource in try names.resources() {
            guard try await look.find(resource)["spec"]?["suspend"]?.boolValue != true else {
                Terminal.write("\(resource) was suspended already")
                continue
            }
            try await look.change(resource, to: ["spec": ["suspend": true]])
            Terminal.write("\(resource) is suspended")
        }
    }
}

/// `taffrail resume`
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let the controller go on with a suspended resource.",
        discussion: """
            Takes back what 'taffrail suspend' set, and waits until the controller has looked at the resource.

            Exit status: 0 when it is Ready afterwards, 1 otherwise.

            Example:
              taffrail resume environment/production -n models
            """
    )

    @OptionGroup var names: ResourceNames
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var answers: AnswerOptions
    @OptionGroup var progress: ProgressOptions

    func run() async throws {
        let connection = try await cluster.open(environment: Environment.variables)
        let progress = progress.begin()
        defer { progress.finish() }
        let look = RequestedLook(names, connection, limit: answers.timeout.duration, progress: progress)
        let said = try await look.ask(names.resources(), changing: ["suspend": false], waits: answers.wait)
        progress.finish()
        if answers.wait { try answers.tell(said) }
    }
}
