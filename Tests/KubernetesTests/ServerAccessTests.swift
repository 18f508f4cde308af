// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing

/// Ways to a real API server: credential plugins, impersonation and proxies.
@Suite struct ServerAccessTests {
    private static let configMap = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    private static let secret = GroupVersionKind(group: "", version: "v1", kind: "Secret")
    private var soon: Deadline { .after(.seconds(60)) }

    /// A kubeconfig for the test server whose cluster and user have these fields more.
    private func client(
        _ files: KubeconfigFolder,
        user: String,
        cluster: String = "",
        impersonation: Impersonation = .nobody
    ) async throws -> KubernetesClient {
        let admin = try await ControlPlane.kubeconfig()
        let server = try ClusterConfiguration.resolve(kubeconfig: admin, context: nil, environment: [:]).server
        let authority = URL(filePath: admin).deletingLastPathComponent().path + "/ca.crt"
        try files.write(
            "config",
            kubeconfig(cluster: "{server: '\(server)', certificate-authority: '\(authority)'\(cluster)}", user: user)
        )
        return KubernetesClient(
            configuration: try ClusterConfiguration.resolve(
                kubeconfig: files.path + "/config",
                context: nil,
                impersonation: impersonation,
                environment: ["PATH": "/usr/bin:/bin"]
            ),
            userAgent: "test"
        )
    }

    private func adminUser() async throws -> String {
        let folder = URL(filePath: try await ControlPlane.kubeconfig()).deletingLastPathComponent().path
        return "client-certificate: '\(folder)/admin.crt', client-key: '\(folder)/admin.key'"
    }

    private let plugin =
        "{exec: {command: ./plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, provideClusterInfo: true}}"

    // MARK: - Plugins

    @Test func `a plugin's client certificate opens the server`() async throws {
        let folder = URL(filePath: try await ControlPlane.kubeconfig()).deletingLastPathComponent()
        var text: [String: String] = [:]
        for name in ["admin.crt", "admin.key"] {
            text[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        let answer: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": [
                "clientCertificateData": .string(text["admin.crt"] ?? ""),
                "clientKeyData": .string(text["admin.key"] ?? ""),
            ],
        ]
        let script = try PluginScript("cat answer")
        try script.files.write("answer", String(decoding: answer.serialized(), as: UTF8.self))
        let client = try await client(script.files, user: plugin)
        // Only an administrator may.
        _ = try await client.list(Self.secret, namespace: nil, deadline: soon)
        _ = try await client.list(Self.secret, namespace: nil, deadline: soon)
        #expect(script.runs == 1)
    }

    @Test func `a plugin is run once more when the server does not take its token`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        _ = try await kubectl(kubeconfig, "-n", namespace, "create", "serviceaccount", "robot")
        let answer = try await kubectl(
            kubeconfig,
            "create",
            "--raw",
            "/api/v1/namespaces/\(namespace)/serviceaccounts/robot/token",
            "-f",
            "-",
            input: #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":600}}"#
        )
        let token = try #require(try JSONValue(parsing: answer.output)["status"]?["token"]?.stringValue)
        let script = try PluginScript("if [ $(wc -l < runs) = 2 ]; then cat good; else cat bad; fi")
        for (name, token) in [("good", token), ("bad", "hunter2")] {
            try script.files.write(
                name,
                #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"\#(token)"}}"#
            )
        }
        let client = try await client(script.files, user: plugin)
        let refused = await #expect(throws: KubernetesError.self) {
            try await client.list(Self.configMap, namespace: namespace, deadline: soon)
        }
        #expect(
            refused?.message.contains("system:serviceaccount:\(namespace):robot") == true,
            "\(refused.map { "\($0)" } ?? "")"
        )
        #expect(script.runs == 2)
        // From the third run on it is of no use again: that is said, and not tried for ever.
        try script.files.write("good", try script.text("bad"))
        let other = try await self.client(script.files, user: plugin)
        let unknown = await #expect(throws: KubernetesError.self) {
            try await other.list(Self.configMap, namespace: namespace, deadline: soon)
        }
        #expect(unknown?.code == .unauthorized && !"\(unknown.map { "\($0)" } ?? "")".contains("hunter2"))
        #expect(script.runs == 4)
    }

    // MARK: - Impersonation

    @Test func `requests are made as whom the kubeconfig and the flags name`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        let group = "readers-\(namespace)"
        for words in [
            ["role", "reader", "--verb=list", "--resource=configmaps"],
            ["rolebinding", "readers", "--role=reader", "--group=\(group)"],
        ] {
            let made = try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace, "create"] + words)
            try #require(made.status == 0, "\(made.errors)")
        }
        let user = "{\(try await adminUser()), as: ada, as-groups: ['\(group)'], as-user-extra: {Scope/X%y: [a, b]}}"
        let files = try KubeconfigFolder()
        let ada = try await client(files, user: user)
        // The role may take a moment to be known to the authorizer.
        try await eventually("the group's right") {
            (try? await ada.list(Self.configMap, namespace: namespace, deadline: soon)) != nil
        }
        let refused = await #expect(throws: KubernetesError.self) {
            try await ada.list(Self.secret, namespace: namespace, deadline: soon)
        }
        #expect(refused?.message.contains(#"User "ada" cannot list"#) == true)
        let bob = try await client(files, user: user, impersonation: Impersonation(user: "bob", groups: ["nobodies"]))
        let other = await #expect(throws: KubernetesError.self) {
            try await bob.list(Self.configMap, namespace: namespace, deadline: soon)
        }
        #expect(other?.message.contains(#"User "bob" cannot list"#) == true)

        await #expect(throws: KubernetesError.self) {
            try await ada.delete(
                Self.secret,
                namespace: namespace,
                name: "none",
                options: DeleteOptions(),
                deadline: soon
            )
        }
        try await eventually("the server's own record of whom we acted for") {
            try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8).split(separator: "\n").contains { line in
                guard let event = try? JSONValue(parsing: Array(line.utf8)), let acted = event["impersonatedUser"],
                    event["objectRef"]?["namespace"] == .string(namespace), acted["username"] == "ada"
                else { return false }
                return acted["groups"]?.arrayValue?.contains(.string(group)) == true
                    && acted["extra"] == ["scope/x%y": ["a", "b"]] && event["user"]?["username"] == "admin"
            }
        }
    }

    // MARK: - Proxies

    /// Starts `scripts/proxy-server` in the folder, with one proxy of that name.
    private func startProxy(
        _ name: String,
        _ files: KubeconfigFolder,
        _ options: String...
    ) async throws -> (BackgroundProgram, port: String) {
        try Parts.require("python3", Parts.has("python3"))
        let program = try BackgroundProgram(
            Parts.root.appending(path: "scripts/proxy-server").path,
            [files.path] + options + [name + "=0"],
            errors: files.path + "/proxy-errors"
        )
        let port = "\(name).port"
        try await eventually("the proxy") { FileManager.default.fileExists(atPath: files.path + "/" + port) }
        return (program, try files.text(port))
    }

    /// What the proxy in the folder was asked for first.
    private func firstSeen(_ files: KubeconfigFolder) throws -> JSONValue {
        let line = try #require(try files.text("proxy.seen").split(separator: "\n").first)
        return try JSONValue(parsing: Array(line.utf8))
    }

    @Test(arguments: [("http", "CONNECT"), ("socks5", "SOCKS5")])
    func `a proxy leads to the server, and its password is never shown`(scheme: String, method: String) async throws {
        let files = try KubeconfigFolder()
        let (proxy, port) = try await startProxy("guarded", files, "--login", "u:hunter2@")
        defer { proxy.end(SIGKILL) }
        let user = "{\(try await adminUser())}"
        let url = "\(scheme)://u:hunter2%40@127.0.0.1:\(port)"
        let good = try await client(files, user: user, cluster: ", proxy-url: '\(url)'")
        #expect(try await good.serverVersion(deadline: soon).hasPrefix("v1."))
        let seen = try firstSeen(files)
        #expect(seen["method"]?.stringValue == method)
        #expect(seen["target"]?.stringValue?.hasPrefix("127.0.0.1:") == true)

        for wrong in [
            "\(scheme)://u:hunter2@127.0.0.1:\(port)", "\(scheme)://u:hunter2@127.0.0.1:1",
            "\(scheme)://u:hunter2@no.invalid:1",
        ] {
            let client = try await client(files, user: user, cluster: ", proxy-url: '\(wrong)'")
            let error = await #expect(throws: KubernetesError.self) { try await client.serverVersion(deadline: soon) }
            #expect(
                error?.code == .unreachable && !"\(error.map { "\($0)" } ?? "")".contains("hunter2"),
                "\(error.map { "\($0)" } ?? "")"
            )
        }
    }

    @Test func `a proxy that speaks TLS must be one of the cluster's authority`() async throws {
        let files = try KubeconfigFolder()
        let folder = URL(filePath: try await ControlPlane.kubeconfig()).deletingLastPathComponent().path
        let (proxy, port) = try await startProxy(
            "open-tls",
            files,
            "--certificate",
            folder + "/server.crt",
            "--key",
            folder + "/server.key"
        )
        defer { proxy.end(SIGKILL) }
        let user = "{\(try await adminUser())}"
        let good = try await client(files, user: user, cluster: ", proxy-url: 'https://127.0.0.1:\(port)'")
        #expect(try await good.serverVersion(deadline: soon).hasPrefix("v1."))
    }

    @Test func `names are the SOCKS proxy's to resolve`() async throws {
        let files = try KubeconfigFolder()
        let (proxy, port) = try await startProxy("open", files)
        defer { proxy.end(SIGKILL) }
        _ = try await client(
            files,
            user: "{\(try await adminUser())}",
            cluster: ", proxy-url: 'socks5://127.0.0.1:\(port)'"
        )
        let text = try files.text("config")
        try files.write("config", text.replacing("https://127.0.0.1:", with: "https://localhost:"))
        let named = KubernetesClient(configuration: try files.resolve(), userAgent: "test")
        #expect(try await named.serverVersion(deadline: soon).hasPrefix("v1."))
        #expect(try firstSeen(files)["target"]?.stringValue?.hasPrefix("localhost:") == true)
    }
}
