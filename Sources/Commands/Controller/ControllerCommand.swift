// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import Transport

/// `taffrail controller`
struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Keep a cluster as its config repositories say.",
        discussion: """
            Fetches every ConfigRepository, applies every Environment, and hands over every ModelDeployment, on the record. One controller per cluster, or one per \
            namespace, each with a log of its own: a second one does not get the log. One with another log is not noticed, and must not be started: both would \
            write, and neither log would have all of it. Ends on SIGTERM or SIGINT, after what is under way.

            Example:
              taffrail controller --log /var/lib/taffrail/log --key /etc/taffrail/log.key --data /var/lib/taffrail
            """
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var log: LogOptions

    @Option(help: "Where fetched repositories are kept; the folder can be deleted while the controller is stopped.")
    var data: String

    @Option(name: .shortAndLong, help: "Only what is in this namespace, instead of the whole cluster.")
    var namespace: String?

    @Flag(
        help: """
            Also fetch from loopback, link-local and metadata addresses, which the URL of a ConfigRepository may otherwise not lead to.
            """
    )
    var allowLocalRepositories = false

    @Flag(
        help: """
            Also deliver to clusters at loopback, link-local and metadata addresses, which the kubeConfig of an Environment may otherwise not lead to.
            """
    )
    var allowLocalClusters = false

    func run() async throws {
        let connection = try await cluster.open(environment: Environment.variables)
        let recorder = try await log.open(cluster: connection.identity(deadline: .after(.seconds(30))))
        let controller = Controller(
            client: connection.client,
            recorder: recorder,
            folder: data + "/repositories",
            namespace: namespace,
            reach: allowLocalRepositories ? .anywhere : .beyondThisHost,
            clusterReach: allowLocalClusters ? .anywhere : .beyondThisHost,
            signals: TerminationSignals()
        )
        await controller.run()
        await recorder.close()
        Terminal.note("controller: ended")
    }
}
