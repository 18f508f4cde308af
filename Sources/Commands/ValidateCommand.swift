// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Change
internal import Delivery
internal import JSON
internal import Keys

/// `taffrail validate`
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a repository's manifests without applying them.",
        discussion: """
            Reads every manifest, and reports everything that is wrong at once, each with file, line and field. With --ask-cluster, the kinds that the cluster \
            serves are checked too; without it nothing outside the repository is asked.

            Exit status: 0 nothing is wrong, 1 an error, 3 something would be refused.

            Example:
              taffrail validate --repo . --path production
            """
    )

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var progress: ProgressOptions

    @Flag(name: .customLong("ask-cluster"), help: "Ask the cluster which kinds it serves.")
    var asksCluster = false

    @Option(
        name: .shortAndLong,
        help:
            "The namespace to deliver to, for manifests that name none; those that name another are refused, objects of the cluster are not."
    )
    var namespace: String?

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func validate() throws {
        guard asksCluster || !cluster.isGiven else {
            throw ValidationError("the flags that choose a cluster need --ask-cluster: without it no cluster is asked")
        }
    }

    func run() async throws {
        let environment = Environment.variables
        let desired = try await repository.read(environment: environment, progress: progress.begin())
        let verdict = try await verdict(on: desired, environment: environment)
        let notChecked = asksCluster ? [] : ["the kinds that the cluster serves (--ask-cluster asks it)"]
        let json: JSONValue = [
            "objects": .int(Int64(verdict.allowed.count)),
            "findings": .array(verdict.findings.map(PlanPresenter.json)),
            "notChecked": .array(notChecked.map { .string($0) }),
        ]
        output.write(json) {
            verdict.findings.map(Style.error)
                + [
                    "\(verdict.allowed.count.counted("object")) without fault, \(verdict.findings.count.counted("finding"))"
                ]
        }
        output.note(notChecked: notChecked)
        if !verdict.findings.isEmpty { throw CommandStatus.denied }
    }

    private func verdict(
        on desired: RepositoryOptions.DesiredState,
        environment: [String: String]
    ) async throws -> Verdict {
        let secrets = SecretKeeper(key: try randomBytes(32))
        let namespace = namespace ?? desired.namespace
        guard asksCluster else {
            let rendering = Renderer(overlay: desired.overlay).render(desired.checkout.sources)
            return try Judge(targetNamespace: namespace, secrets: secrets).judge(rendering, resources: nil)
        }
        let connection = try await cluster.open(environment: environment)
        let target = DeliveryOptions.unrecorded(namespace: namespace ?? connection.namespace)
        let road = Road(client: connection.client, secrets: secrets, target: target)
        return try await road.judge(
            desired.checkout,
            overlay: desired.overlay,
            namespace: namespace ?? connection.namespace
        ).verdict
    }
}
