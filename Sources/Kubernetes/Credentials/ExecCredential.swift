// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import JSON
internal import Transport
internal import YAML

/// The object that a credential plugin is told in `KUBERNETES_EXEC_INFO`, and answers on its standard output.
struct ExecCredential: Sendable {
    let credential: Credential
    /// `nil` where it does not expire.
    let expiry: Timestamp?

    /// What the plugin is told.
    static func request(_ plugin: ExecPlugin, isInteractive: Bool) -> JSONValue {
        var spec: JSONValue = [:]
        if let cluster = plugin.cluster { spec["cluster"] = cluster }
        spec["interactive"] = .bool(isInteractive)
        return ["kind": "ExecCredential", "apiVersion": .string(plugin.version.rawValue), "spec": spec]
    }

    /// Reads what the plugin answered. No error shows any of it.
    /// - Throws: `credentials`
    init(answer: [UInt8], of plugin: ExecPlugin) throws(KubernetesError) {
        guard let object = Self.parse(answer), object.objectValue != nil else {
            throw plugin.error("printed something else than an ExecCredential; run it by hand to see what it says")
        }
        guard object["apiVersion"]?.stringValue == plugin.version.rawValue, object["kind"] == "ExecCredential" else {
            throw plugin.error(
                "printed another kind or version than the ExecCredential of \(plugin.version.rawValue) that the kubeconfig "
                    + "asks for; set apiVersion to what it prints, or update it"
            )
        }
        guard let status = object["status"], !status.isNull else {
            throw plugin.error("printed no status; run it by hand to see what it says")
        }
        let token = try Self.text(status, "token", plugin)
        let certificate = try Self.text(status, "clientCertificateData", plugin)
        let key = try Self.text(status, "clientKeyData", plugin)
        guard !token.isEmpty || !certificate.isEmpty || !key.isEmpty else {
            throw plugin.error("printed neither a token nor a client certificate; run it by hand to see what it says")
        }
        guard certificate.isEmpty == key.isEmpty else {
            throw plugin.error("printed only one of clientCertificateData and clientKeyData, which go together")
        }
        guard !token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw plugin.error("printed a token with a line end or another control character in it")
        }
        credential = Credential(
            authorization: token.isEmpty ? nil : "Bearer " + token,
            clientCertificate: certificate.isEmpty
                ? nil : TLSConfiguration.ClientCertificate(certificate: Array(certificate.utf8), key: Array(key.utf8))
        )
        expiry = try Self.expiry(status, plugin)
    }

    /// JSON mostly; kubectl takes YAML, too.
    private static func parse(_ answer: [UInt8]) -> JSONValue? {
        if let value = try? JSONValue(parsing: answer) { return value }
        let stream = YAML.parse(answer, file: "")
        return stream.errors.isEmpty && stream.documents.count == 1 ? stream.documents[0].value : nil
    }

    private static func text(
        _ status: JSONValue,
        _ field: String,
        _ plugin: ExecPlugin
    ) throws(KubernetesError) -> String {
        guard let value = status[field], !value.isNull else { return "" }
        guard let text = value.stringValue else { throw plugin.error("printed a status.\(field) that is no text") }
        return text
    }

    private static func expiry(_ status: JSONValue, _ plugin: ExecPlugin) throws(KubernetesError) -> Timestamp? {
        let text = try text(status, "expirationTimestamp", plugin)
        guard !text.isEmpty else { return nil }
        guard let expiry = Timestamp(text) else {
            throw plugin.error("printed a status.expirationTimestamp that is no RFC 3339 time")
        }
        return expiry
    }
}

extension ExecPlugin {
    /// An error about this plugin: by its command alone, since its arguments may be secret.
    func error(_ what: String, cause: (any Error)? = nil) -> KubernetesError {
        KubernetesError(.credentials, "the credential plugin \(command) \(what)", cause: cause)
    }
}
