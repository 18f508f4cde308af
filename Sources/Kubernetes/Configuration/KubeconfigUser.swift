// SPDX-License-Identifier: Apache-2.0

internal import Transport

/// A user of a kubeconfig: how they prove who they are, and whom they act for.
struct KubeconfigUser: Sendable {
    private let token: String
    private let tokenFile: String
    private let username: String
    private let password: String
    private let certificate: KubeconfigMaterial
    private let key: KubeconfigMaterial
    private let plugin: KubeconfigPlugin?
    let impersonation: Impersonation
    let entry: FieldReader

    init(_ entry: FieldReader) throws(KubernetesError) {
        self.entry = entry
        token = try entry.string("token")
        tokenFile = try entry.path("tokenFile")
        username = try entry.string("username")
        password = try entry.string("password")
        certificate = try KubeconfigMaterial(entry, "client-certificate")
        key = try KubeconfigMaterial(entry, "client-key")
        var plugin: KubeconfigPlugin?
        if let exec = try entry.child("exec") { plugin = try KubeconfigPlugin(exec) }
        self.plugin = plugin
        var extra: [String: [String]] = [:]
        for (key, values) in try entry.lists("as-user-extra") { extra[key] = values }
        impersonation = Impersonation(
            user: try entry.string("as"),
            uid: try entry.string("as-uid"),
            groups: try entry.strings("as-groups"),
            extra: extra
        )
    }

    func clientCertificate() throws(KubernetesError) -> TLSConfiguration.ClientCertificate? {
        guard certificate.isGiven else { return nil }
        guard let pem = try certificate.pem(), let key = try key.pem() else {
            throw entry.error("client-certificate", "comes without its key: add client-key or client-key-data")
        }
        return TLSConfiguration.ClientCertificate(certificate: pem, key: key)
    }

    /// What requests prove themselves with. A credential plugin is for users who have nothing else.
    /// - Parameters:
    ///   - cluster: the one that a plugin is told of, if it wants to know.
    ///   - environment: what a plugin is run with.
    func credentials(
        for cluster: KubeconfigCluster,
        environment: [String: String]
    ) throws(KubernetesError) -> ClusterConfiguration.Credentials {
        try checkMethods()
        let plugin = try plugin?.checked()
        if !tokenFile.isEmpty { return .tokenFile(try readableTokenFile(), otherwise: token.isEmpty ? nil : token) }
        if !token.isEmpty { return .token(token) }
        if !username.isEmpty || !password.isEmpty { return .basic(user: username, password: password) }
        guard !certificate.isGiven, let plugin else { return .none }
        let info = plugin.wantsClusterInfo ? try cluster.pluginInfo() : nil
        return .plugin(try plugin.plugin(cluster: info, environment: environment))
    }

    private func checkMethods() throws(KubernetesError) {
        guard !entry.has("auth-provider") else {
            throw entry.error(
                "auth-provider",
                "is not supported, as in kubectl since 1.26: use the provider's exec plugin, a token or a client certificate"
            )
        }
        guard token.isEmpty || (username.isEmpty && password.isEmpty) else {
            throw entry.error(nil, "has a token and a password: remove one of them")
        }
    }

    /// The file, which must be there unless there is a token to fall back on.
    private func readableTokenFile() throws(KubernetesError) -> String {
        guard token.isEmpty else { return tokenFile }
        do {
            guard try FileReader.text(tokenFile).isEmpty else { return tokenFile }
        } catch {
            throw entry.error("tokenFile", "names a file that is of no use: \(error.message)")
        }
        throw entry.error("tokenFile", "names a file without a token in it: \(tokenFile)")
    }
}
