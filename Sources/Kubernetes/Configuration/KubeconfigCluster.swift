// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys
internal import Transport

/// A cluster of a kubeconfig: where its API server is, and how that proves itself.
struct KubeconfigCluster: Sendable {
    /// The extension that is handed to a credential plugin.
    private static let pluginExtension = "client.authentication.k8s.io/exec"
    /// What kubectl takes.
    private static let proxySchemes = ["http", "https", "socks5"]

    let server: String
    let serverName: String
    let isInsecure: Bool
    let authority: KubeconfigMaterial
    let proxy: String
    /// What the cluster's entry says to credential plugins alone.
    private let pluginConfiguration: JSONValue?
    private let disablesCompression: Bool
    let entry: FieldReader

    init(_ entry: FieldReader) throws(KubernetesError) {
        self.entry = entry
        server = try entry.string("server")
        serverName = try entry.string("tls-server-name")
        isInsecure = try entry.bool("insecure-skip-tls-verify")
        authority = try KubeconfigMaterial(entry, "certificate-authority")
        proxy = try entry.string("proxy-url")
        disablesCompression = try entry.bool("disable-compression")
        var found: JSONValue?
        for item in try entry.items("extensions") where try item.string("name") == Self.pluginExtension {
            found = item.value("extension")
        }
        pluginConfiguration = found
    }

    /// The server's URL.
    func address() throws(KubernetesError) -> String {
        guard !server.isEmpty else {
            throw entry.error("server", "is missing: give the URL of the API server, as in https://host:6443")
        }
        // kubectl takes a bare host and port for https where the entry speaks of TLS; plain http is never spoken here.
        let text = server.contains("://") ? server : "https://" + server
        guard let url = try? URLParts(text) else {
            throw entry.error("server", "is no URL: write it as https://host:6443")
        }
        guard url.scheme == "https" else {
            throw entry.error("server", "is a URL of \(url.scheme): only https:// is spoken")
        }
        guard !url.hasCredentials else {
            throw entry.error("server", "carries credentials: move them to the user's entry")
        }
        guard !url.hasQueryOrFragment else {
            throw entry.error("server", "has a query or a fragment: remove it")
        }
        return text
    }

    func tls(
        clientCertificate: TLSConfiguration.ClientCertificate?
    ) throws(KubernetesError) -> TLSConfiguration {
        let authority = try authority.pem()
        guard !isInsecure || authority == nil else {
            throw entry.error(
                "insecure-skip-tls-verify",
                "and a certificate authority exclude each other: remove insecure-skip-tls-verify"
            )
        }
        return TLSConfiguration(
            trust: authority.map { .pem($0) } ?? .system,
            clientCertificate: clientCertificate,
            serverName: serverName.isEmpty ? nil : serverName,
            verification: isInsecure ? .none : .full
        )
    }

    /// The proxy as it is written, once it is known to be one. It may hold a password: not for errors.
    func proxyURL() throws(KubernetesError) -> String? {
        guard !proxy.isEmpty else { return nil }
        if let url = try? URLParts(proxy), !Self.proxySchemes.contains(url.scheme) {
            throw entry.error("proxy-url", "must be a URL of http, https or socks5")
        }
        guard (try? ProxyAddress(proxy)) != nil else {
            throw entry.error(
                "proxy-url",
                "is no URL that can be read (it is not shown, as it may hold a password): write http://host:port"
            )
        }
        return proxy
    }

    /// `spec.cluster` of what a credential plugin is told, with the fields and the order of `client.authentication.k8s.io`.
    func pluginInfo() throws(KubernetesError) -> JSONValue {
        var info: JSONValue = ["server": .string(try address())]
        if !serverName.isEmpty { info["tls-server-name"] = .string(serverName) }
        if isInsecure { info["insecure-skip-tls-verify"] = true }
        if let authority = try authority.pem() {
            info["certificate-authority-data"] = .string(Base64.encode(authority))
        }
        if !proxy.isEmpty { info["proxy-url"] = .string(proxy) }
        if disablesCompression { info["disable-compression"] = true }
        if let pluginConfiguration { info["config"] = pluginConfiguration }
        return info
    }
}
