// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys
internal import Transport
internal import YAML

/// One kubeconfig, or several merged as kubectl merges them: of entries of the same name the first counts.
struct Kubeconfig {
    /// An entry and the folder of its file, against which relative paths are read.
    private struct Entry {
        let value: JSONValue
        let folder: String
    }

    private var clusters: [String: Entry] = [:]
    private var users: [String: Entry] = [:]
    private var contexts: [String: Entry] = [:]
    private var currentContext: String?
    private let source: String

    /// - Parameter required: whether a file that is not there is an error; in `$KUBECONFIG` it is not.
    static func load(_ paths: [String], required: Bool) throws -> Kubeconfig {
        var config = Kubeconfig(source: paths.joined(separator: ":"))
        let present = paths.filter { required || FileReader.exists($0) }
        guard !present.isEmpty else {
            throw KubernetesError(.configuration, "none of the files in $KUBECONFIG is there: \(config.source)")
        }
        for path in present { try config.merge(path) }
        return config
    }

    private init(source: String) {
        self.source = source
    }

    private mutating func merge(_ path: String) throws {
        let stream = YAML.parse(try FileReader.bytes(path), file: path)
        if let error = stream.errors.first {
            throw KubernetesError(.configuration, "\(path) is no kubeconfig: \(error)")
        }
        guard let document = stream.documents.first?.value else { return }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        merge(document["clusters"], "cluster", folder, into: &clusters)
        merge(document["users"], "user", folder, into: &users)
        merge(document["contexts"], "context", folder, into: &contexts)
        if currentContext == nil, let name = document["current-context"]?.stringValue, !name.isEmpty {
            currentContext = name
        }
    }

    private func merge(_ list: JSONValue?, _ member: String, _ folder: String, into entries: inout [String: Entry]) {
        for item in list?.arrayValue ?? [] {
            guard let name = item["name"]?.stringValue, entries[name] == nil else { continue }
            entries[name] = Entry(value: item[member] ?? .null, folder: folder)
        }
    }

    func configuration(context wanted: String?) throws -> ClusterConfiguration {
        guard let name = wanted ?? currentContext else {
            throw error(
                "no context is chosen: name one with --context, of \(contexts.keys.sorted().joined(separator: ", "))"
            )
        }
        guard let context = contexts[name]?.value else {
            throw error("there is no context '\(name)'; there are \(contexts.keys.sorted().joined(separator: ", "))")
        }
        let clusterName = context["cluster"]?.stringValue ?? ""
        guard let cluster = clusters[clusterName], let server = cluster.value["server"]?.stringValue else {
            throw error("context '\(name)' names the cluster '\(clusterName)', which has no server")
        }
        guard server.hasPrefix("https://") else {
            throw error("cluster '\(clusterName)' is at \(server): only https:// is spoken")
        }
        let userName = context["user"]?.stringValue ?? ""
        let user = users[userName] ?? Entry(value: .null, folder: "")
        return ClusterConfiguration(
            server: server,
            tls: try tls(cluster, user),
            credentials: try credentials(user, named: userName),
            namespace: context["namespace"]?.stringValue
        )
    }

    private func tls(_ cluster: Entry, _ user: Entry) throws -> TLSConfiguration {
        let authority = try data(cluster, "certificate-authority")
        let certificate = try data(user, "client-certificate")
        let key = try data(user, "client-key")
        var client: TLSConfiguration.ClientCertificate?
        if let certificate, let key {
            client = TLSConfiguration.ClientCertificate(certificate: certificate, key: key)
        }
        return TLSConfiguration(
            trust: authority.map { .pem($0) } ?? .system,
            clientCertificate: client,
            serverName: cluster.value["tls-server-name"]?.stringValue,
            verification: cluster.value["insecure-skip-tls-verify"]?.boolValue == true ? .none : .full
        )
    }

    private func credentials(_ user: Entry, named name: String) throws -> ClusterConfiguration.Credentials {
        for plugin in ["exec", "auth-provider"] where user.value[plugin] != nil {
            throw error(
                "user '\(name)' needs the '\(plugin)' plugin, which is not run: use a token or a client certificate"
            )
        }
        if let token = user.value["token"]?.stringValue, !token.isEmpty { return .token(token) }
        if let file = user.value["tokenFile"]?.stringValue, !file.isEmpty {
            return .tokenFile(absolute(file, user.folder))
        }
        if let account = user.value["username"]?.stringValue {
            return .basic(user: account, password: user.value["password"]?.stringValue ?? "")
        }
        return .none
    }

    /// A field given inline (`…-data`, base64) or as a file; inline wins.
    private func data(_ entry: Entry, _ field: String) throws -> [UInt8]? {
        if let text = entry.value[field + "-data"]?.stringValue, !text.isEmpty {
            guard let bytes = Base64.decode(text) else { throw error("\(field)-data is not base64") }
            return bytes
        }
        guard let path = entry.value[field]?.stringValue, !path.isEmpty else { return nil }
        return try FileReader.bytes(absolute(path, entry.folder))
    }

    private func absolute(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
    }

    private func error(_ message: String) -> KubernetesError {
        KubernetesError(.configuration, "\(source): \(message)")
    }
}
