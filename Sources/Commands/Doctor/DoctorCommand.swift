// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Concurrency
internal import Delivery
internal import Git
internal import JSON
internal import Kubernetes
internal import Transport

/// `taffrail doctor`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that Taffrail needs, and say what is wrong and how to mend it.",
        discussion: """
            Looks at the cluster, the definitions in it, the rights of the controller and of each Environment's service account, the clusters that Environments deliver to elsewhere, the Git repositories, whether \
            Taffrail's resources are Ready, the log, the clocks and the disks. Nothing is written anywhere in a cluster: rights are asked for by access reviews, which are answered and not kept. Each \
            line is 'ok', 'warning', 'problem', or 'not checked' with the reason.

            Exit status: 0 no problem, 1 a problem.

            Examples:
              taffrail doctor
              taffrail doctor --controller taffrail-system/taffrail --log /var/lib/taffrail/log --key log.key --data /var/lib/taffrail
              taffrail doctor -n models --repo https://git.example.com/models.git
            """
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var source: DoctorRepositoryOptions

    @Option(name: .shortAndLong, help: "Only what is in this namespace, as for a controller with the same flag.")
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "The controller's service account, as NAMESPACE/NAME; without it your own rights are looked at.",
            valueName: "account"
        )
    )
    var controller: String?

    @Option(name: .customLong("log"), help: "The folder of a log to look at.", completion: .directory)
    var log: String?

    @Option(help: "That log's private key.", completion: .file())
    var key: String?

    @Option(help: "The controller's folder for repositories.", completion: .directory)
    var data: String?

    @Flag(
        help:
            "Also ask clusters at loopback, link-local and metadata addresses, as for a controller with the same flag."
    )
    var allowLocalClusters = false

    @Option(name: .shortAndLong, help: "How to print.")
    var output = OutputFormat.table

    func validate() throws {
        guard key == nil || log != nil else { throw ValidationError("--key needs --log: it is that log's key") }
        guard controller == nil || controllerName != nil else {
            throw ValidationError("--controller needs NAMESPACE/NAME, not '\(controller ?? "")'")
        }
    }

    func run() async throws {
        let presenter = DiagnosisPresenter(diagnoses: await diagnoses(environment: Environment.variables))
        output.write(presenter.json) { presenter.table }
        if presenter.hasProblem { throw CommandStatus.failed }
    }

    private var controllerName: NamespacedName? {
        guard let parts = controller?.split(separator: "/", omittingEmptySubsequences: false), parts.count == 2,
            !parts.contains("")
        else { return nil }
        return NamespacedName(namespace: String(parts[0]), name: String(parts[1]))
    }

    // MARK: - The checks

    private func diagnoses(environment: [String: String]) async -> [Diagnosis] {
        var all: [Diagnosis] = []
        var clusterUID: String?
        let repositories = RepositoryCheck(
            folder: RepositoryOptions.cache(environment) + "/" + RepositoryOptions.store(for: "doctor")
        )
        do {
            let connection = try await cluster.open(environment: environment)
            all += ClusterCheck.judge(try await ClusterCheck.look(connection.client, clock: .system))
            all += await DefinitionsCheck.run(connection.client)
            all += await inCluster(connection.client, repositories)
            clusterUID = try? await connection.identity(deadline: .after(.seconds(15))).uid
        } catch {
            all.append(ClusterCheck.unreachable(error))
            all += ["crds", "permissions", "git", "resources"].map {
                Diagnosis($0, "in the cluster", .notChecked, "the cluster does not answer")
            }
        }
        if let diagnosis = await named(repositories, environment) { all.append(diagnosis) }
        return all + onDisk(clusterUID: clusterUID)
    }

    /// What our resources in the cluster name: accounts and repositories.
    private func inCluster(_ client: KubernetesClient, _ check: RepositoryCheck) async -> [Diagnosis] {
        let resources: WatchedResources
        do {
            resources = try await Self.resources(client, namespace: namespace)
        } catch {
            return ["permissions", "git", "resources"].map {
                Diagnosis($0, "in the cluster", .notChecked, "Taffrail's resources cannot be listed: \(error)")
            }
        }
        let permissions = PermissionsCheck(client: client, namespace: namespace, controller: controllerName)
        let reach: AddressReach = source.allowLocalRepositories ? .anywhere : .beyondThisHost
        let clusters = RemoteClusterCheck(client: client, reach: allowLocalClusters ? .anywhere : .beyondThisHost)
        let remote = await resources.environments.filter(TargetClusters.isElsewhere).concurrentMap(limit: 4) {
            await clusters.run($0)
        }
        let found = await resources.repositories.concurrentMap(limit: 4) {
            await check.run($0, client: client, reach: reach)
        }
        return await permissions.run(resources) + remote + found + ReadinessCheck.judge(resources)
    }

    private static func resources(_ client: KubernetesClient, namespace: String?) async throws -> WatchedResources {
        func list(_ type: GroupVersionKind) async throws -> [JSONValue] {
            try await client.list(type, namespace: namespace, deadline: .after(.seconds(30)))
        }
        return WatchedResources(
            repositories: try await list(.configRepository),
            environments: try await list(.environment),
            models: try await list(.modelDeployment),
            inventories: try await list(.inventory)
        )
    }

    /// The repository of `--repo`.
    private func named(_ check: RepositoryCheck, _ environment: [String: String]) async -> Diagnosis? {
        guard let text = source.repo else { return nil }
        do {
            let question = try source.question(text, environment: environment)
            return await check.run(text, question)
        } catch {
            return Diagnosis("git", text, .problem, String(describing: error))
        }
    }

    private func onDisk(clusterUID: String?) -> [Diagnosis] {
        var all: [Diagnosis] = []
        if let log {
            all += LogCheck(folder: log, keyPath: key, clusterUID: clusterUID, clock: .system).run()
        } else {
            all.append(Diagnosis("log", "log", .notChecked, "no --log was given"))
        }
        if !all.contains(where: { $0.check == "clock" }) {
            let message = "there is no log whose last record it could be held against"
            all.append(Diagnosis("clock", "this machine", .notChecked, message))
        }
        if log == nil, data == nil {
            all.append(Diagnosis("disk", "disk", .notChecked, "neither --log nor --data was given"))
        }
        return all
            + [log.map { DiskCheck.run("log", folder: $0) }, data.map { DiskCheck.run("data", folder: $0) }]
            .compactMap(\.self)
    }
}

/// A repository to look at besides those that the cluster's ConfigRepositories name.
struct DoctorRepositoryOptions: ParsableArguments {
    @Option(
        help: "A repository to look at as well: an https:// or file:// URL, or a folder on this machine.",
        completion: .directory
    )
    var repo: String?

    @Option(help: "The branch that must be in it.")
    var branch = "main"

    @Option(
        help: "A file with the certificate authorities to trust for --repo, instead of the system's.",
        completion: .file()
    )
    var repoCA: String?

    @Option(help: "The user to present to --repo; the password is read from TAFFRAIL_GIT_PASSWORD.")
    var repoUser: String?

    @Flag(
        help:
            "Also ask ConfigRepositories at loopback, link-local and metadata addresses, as for a controller with the same flag."
    )
    var allowLocalRepositories = false

    func question(_ text: String, environment: [String: String]) throws -> RepositoryCheck.Question {
        let url = try RepositoryOptions.url(text)
        return RepositoryCheck.Question(
            reference: .branch(branch),
            remote: try RepositoryOptions.remote(url, user: repoUser, authorities: repoCA, environment)
        )
    }
}
