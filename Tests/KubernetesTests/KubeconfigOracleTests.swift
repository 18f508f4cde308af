// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing
import Transport

/// kubectl says what a set of kubeconfigs means: ours must mean the same.
@Suite struct KubeconfigOracleTests {
    private static let sets = 300

    @Test func `generated sets of kubeconfigs mean what kubectl shows`() async throws {
        try Parts.require("kubectl", Parts.has("kubectl"))
        let compared = try await Array(0..<UInt64(Self.sets)).concurrentMap(limit: 2) { seed in
            let generated = try GeneratedKubeconfigs(seed: seed)
            var compared = 0
            for context in [nil, "a", "b", "zz"] where try await compare(generated, context, "seed \(seed)") {
                compared += 1
            }
            return compared
        }
        // Or everything could have been refused by both.
        #expect(compared.reduce(0, +) > Self.sets / 2)
    }

    /// - Returns: whether both had something to show.
    private func compare(_ generated: GeneratedKubeconfigs, _ context: String?, _ what: String) async throws -> Bool {
        let variable = generated.list.joined(separator: ":")
        let shown = try await run(
            "kubectl",
            ["config", "view", "--raw", "--flatten", "--minify", "-o", "json"]
                + (context.map { ["--context", $0] } ?? []),
            environment: ["KUBECONFIG": variable]
        )
        let ours = Result {
            try ClusterConfiguration.resolve(
                kubeconfig: nil,
                context: context,
                environment: ["KUBECONFIG": variable, "PATH": "/bin"]
            )
        }
        let oracle = shown.status == 0 ? try JSONValue(parsing: shown.output) : .null
        let cluster = oracle["clusters"]?[0]?["cluster"] ?? .null
        // kubectl shows a context without a cluster, or one without a server, but has no use for it either.
        guard shown.status == 0, let server = cluster["server"]?.stringValue, !server.isEmpty else {
            #expect(throws: KubernetesError.self, "\(what) \(context ?? "-"): \(shown.errors)\(shown.output)") {
                try ours.get()
            }
            return false
        }
        let found: ClusterConfiguration
        do { found = try ours.get() } catch {
            Issue.record("\(what) \(context ?? "-"): refused with \(error), while kubectl shows \(shown.output)")
            return false
        }
        let differences = differences(found, oracle, cluster, in: generated)
        #expect(differences.isEmpty, "\(what) \(context ?? "-"): \(differences) in \(shown.output)")
        return true
    }

    private func differences(
        _ found: ClusterConfiguration,
        _ oracle: JSONValue,
        _ cluster: JSONValue,
        in generated: GeneratedKubeconfigs
    ) -> [String] {
        let context = oracle["contexts"]?[0]
        let user = oracle["users"]?[0]
        let server = cluster["server"]?.stringValue ?? ""
        let checks: [(String, Bool)] = [
            ("current context", found.origin?.context == oracle["current-context"]?.stringValue),
            ("context", found.origin?.context == context?["name"]?.stringValue),
            ("cluster", found.origin?.cluster == oracle["clusters"]?[0]?["name"]?.stringValue),
            ("user", found.origin?.user == user?["name"]?.stringValue ?? ""),
            ("namespace", found.namespace == nonEmpty(context?["context"]?["namespace"])),
            ("server", found.server == (server.hasSuffix("/") ? String(server.dropLast()) : server)),
            ("server name", found.tls.serverName == nonEmpty(cluster["tls-server-name"])),
            ("verification", (found.tls.verification == .none) == (cluster["insecure-skip-tls-verify"] == true)),
            (
                "authority",
                found.tls.trust == (decoded(cluster["certificate-authority-data"]).map { .pem($0) } ?? .system)
            ),
            ("proxy", (found.proxy == nil) == (nonEmpty(cluster["proxy-url"]) == nil)),
            (
                "certificate",
                found.tls.clientCertificate?.certificate == decoded(user?["user"]?["client-certificate-data"])
            ),
            ("key", found.tls.clientCertificate?.key == decoded(user?["user"]?["client-key-data"])),
            ("credentials", agree(found.credentials, user?["user"] ?? .null, generated)),
            ("impersonation", found.impersonation == impersonation(user?["user"] ?? .null)),
        ]
        return checks.filter { !$0.1 }.map(\.0)
    }

    private func agree(
        _ credentials: ClusterConfiguration.Credentials,
        _ user: JSONValue,
        _ generated: GeneratedKubeconfigs
    ) -> Bool {
        switch credentials {
        case .none: ["token", "tokenFile", "username", "exec"].allSatisfy { user[$0] == nil }
        case .token(let token): user["token"] == .string(token)
        case .basic(let name, let password): user["username"] == .string(name) && user["password"] == .string(password)
        case .tokenFile(let path, let otherwise):
            // kubectl shows the path as it is written. Each file has a name of its own.
            otherwise == nil && FileManager.default.fileExists(atPath: path)
                && (user["tokenFile"]?.stringValue as NSString?)?.lastPathComponent
                    == (path as NSString).lastPathComponent
        case .plugin(let plugin):
            (user["exec"]?["command"]?.stringValue as NSString?)?.lastPathComponent
                == (plugin.command as NSString).lastPathComponent
                && (user["exec"]?["command"]?.stringValue?.contains("/") == plugin.command.hasPrefix("/"))
                && user["exec"]?["interactiveMode"] == .string(plugin.interaction.rawValue)
                && (user["exec"]?["args"]?.arrayValue ?? []) == plugin.arguments.map { .string($0) }
        }
    }

    private func impersonation(_ user: JSONValue) -> Impersonation {
        var extra: [String: [String]] = [:]
        for (key, values) in user["as-user-extra"]?.objectValue ?? [:] {
            extra[key] = values.arrayValue?.compactMap(\.stringValue)
        }
        return Impersonation(
            user: user["as"]?.stringValue ?? "",
            groups: user["as-groups"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            extra: extra
        )
    }

    private func nonEmpty(_ value: JSONValue?) -> String? {
        value?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func decoded(_ value: JSONValue?) -> [UInt8]? {
        nonEmpty(value).flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
}
