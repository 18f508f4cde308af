// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import Transport
internal import Web

/// `taffrail controller`
struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Keep a cluster as its config repositories say.",
        discussion: """
            Fetches every ConfigRepository, applies every Environment, and hands over every ModelDeployment, on the record. One controller per cluster, or one per \
            namespace, each with a log of its own: a second one does not get the log. One with another log is not noticed, and must not be started: both would \
            write, and neither log would have all of it. Ends on SIGTERM or SIGINT, after what is under way. With --listen it serves /metrics, /healthz and /readyz.

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

    @Option(
        help: ArgumentHelp(
            """
            Serve /metrics, /healthz and /readyz over HTTP at this address, such as 127.0.0.1:8080, or 0.0.0.0:8080 in a pod. With the port 0, any that is \
            free; which one is told on standard error. Without this, nothing is served.
            """,
            valueName: "address:port"
        ),
        transform: { try ListenAddress($0) }
    )
    var listen: ListenAddress?

    @Flag(
        help: """
            Show /metrics only to those with a bearer token whose account may get the path /metrics: the API server is asked, by TokenReview and SubjectAccessReview.
            """
    )
    var metricsAuth = false

    func validate() throws {
        guard !metricsAuth || listen != nil else {
            throw ValidationError("--metrics-auth needs --listen: without an address no metrics are served")
        }
    }

    func run() async throws {
        let instruments = ControllerInstruments()
        let connection = try await cluster.open(
            environment: Environment.variables,
            observer: instruments.requests.note
        )
        let recorder = try await log.open(
            cluster: connection.identity(deadline: .after(.seconds(30))),
            observer: instruments.record.note
        )
        let controller = Controller(
            client: connection.client,
            recorder: recorder,
            folder: data + "/repositories",
            namespace: namespace,
            reach: allowLocalRepositories ? .anywhere : .beyondThisHost,
            clusterReach: allowLocalClusters ? .anywhere : .beyondThisHost,
            signals: TerminationSignals(),
            instance: Environment.variables["HOSTNAME"] ?? "taffrail",
            instruments: instruments
        )
        do {
            try await controller.run(listeningAt: listen, asking: metricsAuth ? connection.client : nil)
        } catch {
            await recorder.close()
            throw error
        }
        await recorder.close()
        Terminal.note("controller: ended")
    }
}
