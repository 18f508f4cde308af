// SPDX-License-Identifier: Apache-2.0

package import Transport

extension ClusterConfiguration {
    /// Where Kubernetes puts a pod's own account.
    private static let accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// As kubectl chooses: the named file alone, else `$KUBECONFIG`, else `~/.kube/config`; where none of them says anything, the pod's
    /// own account.
    ///
    /// - Parameters:
    ///   - path: `--kubeconfig`. A file that is not there is an error, which in `$KUBECONFIG` it is not.
    ///   - context: `--context`, and so on: before what the files say.
    ///   - environment: all of the process's, since a credential plugin is run with it.
    /// - Throws: `KubernetesError.configuration`, with file, line, field and the next step.
    package static func resolve(
        kubeconfig path: String?,
        context: String?,
        cluster: String? = nil,
        user: String? = nil,
        impersonation: Impersonation = .nobody,
        environment: [String: String]
    ) throws -> ClusterConfiguration {
        let selection = KubeconfigSelection(
            context: context ?? "",
            cluster: cluster ?? "",
            user: user ?? "",
            impersonation: impersonation
        )
        let (kubeconfig, missing) = try files(path, environment)
        // Who names a file means that file: an empty one must not make us change the cluster that we happen to run in.
        guard path == nil, kubeconfig.isEmpty, environment["KUBERNETES_SERVICE_HOST"] != nil else {
            return try configuration(kubeconfig, missing, selection, environment)
        }
        var pod = try inCluster(environment: environment, folder: accountFolder, impersonation: impersonation)
        if let missing { pod.notes.append("\(missing); using the pod's own account") }
        return pod
    }

    /// From the text of a kubeconfig that came some other way than as a file of the user's, such as in a Secret.
    ///
    /// - Parameters:
    ///   - name: what errors call the text.
    ///   - trust: who wrote it: there is no default, so that nobody forgets to ask.
    ///   - reach: where it may lead connections.
    ///   - environment: what a credential plugin is run with, where trust allows one.
    package static func parse(
        kubeconfig bytes: [UInt8],
        name: String,
        trust: KubeconfigTrust,
        context: String? = nil,
        reach: AddressReach,
        environment: [String: String] = [:]
    ) throws -> ClusterConfiguration {
        let file = try KubeconfigFile(bytes: bytes, name: name, folder: FilePath.absolute("."))
        let kubeconfig = try Kubeconfig([file], trust: trust)
        var configuration = try kubeconfig.configuration(
            KubeconfigSelection(context: context ?? ""),
            environment: environment
        )
        configuration.reach = reach
        return configuration
    }

    /// The account of the pod that this process runs in.
    package static func inCluster(
        environment: [String: String],
        folder: String = accountFolder,
        impersonation: Impersonation = .nobody
    ) throws -> ClusterConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw KubernetesError(
                .configuration,
                "this process does not run in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set"
            )
        }
        guard !impersonation.user.isEmpty || impersonation.isNobody else {
            throw KubernetesError(
                .configuration,
                "groups or a uid are to be impersonated without a user: name one with --as"
            )
        }
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        // What the pod's author says about itself goes first, as in client-go.
        let named = environment["POD_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
        return ClusterConfiguration(
            server: "https://\(authority)",
            tls: TLSConfiguration(trust: .pem(try FileReader.bytes(folder + "/ca.crt"))),
            credentials: .tokenFile(folder + "/token", otherwise: nil),
            namespace: named ?? (try? FileReader.text(folder + "/namespace")),
            impersonation: impersonation
        )
    }

    // MARK: - Files

    /// - Returns: what the files say together, and, where none of them is there, that.
    private static func files(
        _ path: String?,
        _ environment: [String: String]
    ) throws(KubernetesError) -> (Kubeconfig, missing: String?) {
        if let path {
            guard !path.isEmpty else {
                throw KubernetesError(.configuration, "--kubeconfig names no file: give a path")
            }
            do {
                return (try Kubeconfig([KubeconfigFile(path: path)], trust: .ownUser), nil)
            } catch  where !FileReader.exists(path) {
                throw KubernetesError(.configuration, "\(error.message): --kubeconfig must name a file that is there")
            }
        }
        let variable = environment["KUBECONFIG"] ?? ""
        guard variable.isEmpty else {
            var paths: [String] = []
            for path in variable.split(separator: ":").map(String.init) where !paths.contains(path) {
                paths.append(path)
            }
            let isMissing = !paths.contains(where: FileReader.exists)
            return (
                try Kubeconfig.load(paths), isMissing ? "none of the files in $KUBECONFIG is there: \(variable)" : nil
            )
        }
        guard let home = environment["HOME"], !home.isEmpty else { return (try Kubeconfig.load([]), nil) }
        return (try Kubeconfig.load([home + "/.kube/config"]), nil)
    }

    private static func configuration(
        _ kubeconfig: Kubeconfig,
        _ missing: String?,
        _ selection: KubeconfigSelection,
        _ environment: [String: String]
    ) throws(KubernetesError) -> ClusterConfiguration {
        if let missing {
            throw KubernetesError(.configuration, "\(missing); correct it, or name a file with --kubeconfig")
        }
        guard !kubeconfig.source.isEmpty else {
            throw KubernetesError(
                .configuration,
                "there is no cluster to talk to: name a kubeconfig with --kubeconfig or $KUBECONFIG, or run in a pod"
            )
        }
        return try kubeconfig.configuration(selection, environment: environment)
    }
}
