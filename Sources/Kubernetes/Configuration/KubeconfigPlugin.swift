// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// `exec` in a user of a kubeconfig: a program that hands out credentials.
struct KubeconfigPlugin: Sendable {
    private let apiVersion: String
    private let command: String
    private let arguments: [String]
    private let variables: [(name: String, value: String)]
    private let interactiveMode: String
    private let installHint: String
    /// Whether the program is told which cluster it is for.
    let wantsClusterInfo: Bool
    private let entry: FieldReader

    init(_ entry: FieldReader) throws(KubernetesError) {
        self.entry = entry
        apiVersion = try entry.string("apiVersion")
        // A name without a slash is looked for in $PATH, any other belongs to the file's folder.
        let command = try entry.string("command")
        self.command = command.contains("/") ? FilePath.absolute(command, in: entry.file.folder) : command
        arguments = try entry.strings("args")
        var variables: [(String, String)] = []
        for item in try entry.items("env") { variables.append((try item.string("name"), try item.string("value"))) }
        self.variables = variables
        interactiveMode = try entry.string("interactiveMode")
        installHint = try entry.string("installHint")
        wantsClusterInfo = try entry.bool("provideClusterInfo")
    }

    /// Itself, once it is known to be complete.
    func checked() throws(KubernetesError) -> KubeconfigPlugin {
        guard !command.isEmpty else { throw entry.error("command", "is missing: name the credential plugin to run") }
        _ = try version()
        _ = try interaction()
        for (index, variable) in variables.enumerated() where variable.name.isEmpty || variable.name.contains("=") {
            throw entry.error("env", "has no usable name in item \(index): give each variable name and value")
        }
        return self
    }

    /// - Precondition: it was checked.
    func plugin(cluster: JSONValue?, environment: [String: String]) throws(KubernetesError) -> ExecPlugin {
        var environment = environment
        for (name, value) in variables { environment[name] = value }
        return ExecPlugin(
            version: try version(),
            command: command,
            arguments: arguments,
            environment: environment,
            interaction: try interaction(),
            cluster: cluster,
            installHint: installHint
        )
    }

    private func version() throws(KubernetesError) -> ExecPlugin.Version {
        let known = ExecPlugin.Version.allCases.map(\.rawValue).joined(separator: " or ")
        guard !apiVersion.isEmpty else {
            throw entry.error("apiVersion", "is missing: write \(known), as the plugin's documentation says")
        }
        guard let version = ExecPlugin.Version(rawValue: apiVersion) else {
            throw entry.error(
                "apiVersion",
                "must be \(known): update the plugin, and write the kubeconfig anew with its own command"
            )
        }
        return version
    }

    private func interaction() throws(KubernetesError) -> ExecPlugin.Interaction {
        let modes = ExecPlugin.Interaction.allCases.map(\.rawValue).joined(separator: ", ")
        guard !interactiveMode.isEmpty else {
            // Only the older version had a default.
            if apiVersion == ExecPlugin.Version.v1beta1.rawValue { return .ifAvailable }
            throw entry.error("interactiveMode", "is missing: write one of \(modes)")
        }
        guard let mode = ExecPlugin.Interaction(rawValue: interactiveMode) else {
            throw entry.error("interactiveMode", "must be one of \(modes)")
        }
        return mode
    }
}
