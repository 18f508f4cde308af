// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// An admission webhook of a namespace of its own, which refuses objects of the name `refused`. It goes with its last reference.
final class RefusingWebhook {
    private let site: ClusterSite
    private let folder: TemporaryDirectory
    private let server: BackgroundProgram?

    /// - Parameters:
    ///   - resource: what the API server asks it about.
    ///   - isDown: whether nobody is there when it is asked.
    init(for site: ClusterSite, judges resource: String = "configmaps", isDown: Bool = false) async throws {
        self.site = site
        folder = try TemporaryDirectory()
        try await Self.makeCertificates(in: folder)
        server =
            isDown
            ? nil
            : try BackgroundProgram(
                Parts.root.appending(path: "scripts/refusing-webhook").path,
                [folder.path],
                errors: folder.path + "/errors"
            )
        let port = isDown ? "1" : try await port()
        _ = try await site.kubectl("label", "namespace", site.namespace, "webhook=\(site.namespace)")
        let configuration = try configuration(judging: resource, port: port)
        let applied = try await site.kubectl("apply", "-f", "-", input: configuration)
        guard applied.status == 0 else { throw MissingPart(part: "a webhook: \(applied.errors)") }
        try await eventually("the webhook is asked") { try await isAsked(about: resource) }
    }

    deinit {
        let name = "validatingwebhookconfiguration/\(site.namespace)"
        _ = try? runBlocking("kubectl", ["--kubeconfig", site.kubeconfig, "delete", name])
    }

    private static func makeCertificates(in folder: TemporaryDirectory) async throws {
        let script = """
            source scripts/lib.sh
            make_authority "$0" webhook-ca
            issue_certificate "$0" good /CN=localhost "subjectAltName=DNS:localhost,IP:127.0.0.1"
            """
        let made = try await run("bash", ["-ec", script, folder.path], directory: Parts.root)
        guard made.status == 0 else { throw MissingPart(part: "openssl that makes certificates: \(made.errors)") }
    }

    private func port() async throws -> String {
        let file = folder.path + "/port"
        try await eventually("the webhook listens") { FileManager.default.fileExists(atPath: file) }
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    private func configuration(judging resource: String, port: String) throws -> String {
        let authority = try Data(contentsOf: folder.url.appending(path: "ca.crt")).base64EncodedString()
        return """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: \(site.namespace)}
            webhooks:
            - name: owners.example.com
              clientConfig: {url: 'https://127.0.0.1:\(port)/', caBundle: \(authority)}
              namespaceSelector: {matchLabels: {webhook: \(site.namespace)}}
              rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [\(resource)]}]
              admissionReviewVersions: [v1]
              sideEffects: None
              timeoutSeconds: 5
            """
    }

    /// The API server takes a moment until it goes by the configuration.
    private func isAsked(about resource: String) async throws -> Bool {
        let object =
            resource == "services"
            ? "kind: Service\nspec: {ports: [{port: 80}]}" : "kind: ConfigMap"
        let manifest = "apiVersion: v1\nmetadata: {name: refused}\n\(object)\n"
        let made = try await site.kubectl("create", "--dry-run=server", "-f", "-", input: manifest)
        return made.status != 0 && made.errors.contains("owners.example.com")
    }
}
