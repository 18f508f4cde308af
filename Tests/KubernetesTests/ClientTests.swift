// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing
import Transport

@Suite struct ClientTests {
    private static let configMap = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    private var soon: Deadline { .after(.seconds(30)) }

    private func client() async throws -> (KubernetesClient, namespace: String) {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        return (KubernetesClient(configuration: configuration, userAgent: "test"), try await makeNamespace(kubeconfig))
    }

    private func object(_ name: String, _ namespace: String, _ data: JSONValue = ["a": "1"]) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "data": data,
        ]
    }

    private let options = ApplyOptions(fieldManager: "test", force: true, dryRun: false)

    /// `…/configmaps/..` is the address of the namespace.
    @Test(arguments: [".", ".."])
    func `no name leads to another address`(name: String) async throws {
        let (client, namespace) = try await client()
        for (namespace, name) in [(namespace, name), (name, "a")] {
            await #expect(throws: KubernetesError.self) {
                _ = try await client.apply(object(name, namespace), options: options, deadline: soon)
            }
        }
        let log = try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8)
        #expect(!log.contains("/namespaces/\(namespace)/?") && !log.contains("/api/v1/configmaps/a?"))
    }

    @Test func `the versions that may have been meant are found`() async throws {
        let (client, _) = try await client()
        for (version, kind, likely) in [
            ("extensions/v1beta1", "Deployment", ["apps/v1"]), ("v1", "Role", ["rbac.authorization.k8s.io/v1"]),
            ("apps/v1beta1", "Deployment", ["apps/v1"]), ("example.com/v1", "Nothing", []),
        ] {
            let type = try #require(GroupVersionKind(apiVersion: version, kind: kind))
            #expect(await client.likelyVersions(for: type, deadline: soon) == likely)
        }
    }

    @Test func `objects are applied, read, patched, listed in pages and deleted`() async throws {
        let (client, namespace) = try await client()
        let dry = ApplyOptions(fieldManager: "test", force: true, dryRun: true)
        _ = try await client.apply(object("one", namespace), options: dry, deadline: soon)
        #expect(
            try await client.list(Self.configMap, namespace: namespace, deadline: soon).allSatisfy {
                $0["metadata"]?["name"] != "one"
            }
        )

        #expect(try await client.apply(object("one", namespace), options: options, deadline: soon).httpStatus == 201)
        #expect(try await client.apply(object("one", namespace), options: options, deadline: soon).httpStatus == 200)
        let patched = try await client.mergePatch(
            Self.configMap,
            namespace: namespace,
            name: "one",
            patch: ["data": ["b": "2"]],
            fieldManager: "other",
            deadline: soon
        )
        #expect(patched["data"] == ["a": "1", "b": "2"])

        _ = try await Array(0..<60).concurrentMap(limit: 16) { number in
            try await client.apply(object("n\(number)", namespace), options: options, deadline: soon)
        }
        let items = try await client.list(
            Self.configMap,
            namespace: namespace,
            metadataOnly: true,
            pageSize: 7,
            deadline: soon
        )
        #expect(items.count { $0["metadata"]?["name"]?.stringValue?.hasPrefix("n") == true } == 60)
        #expect(items.allSatisfy { $0["data"] == nil && $0["kind"] == "ConfigMap" })

        let stale = DeleteOptions(uid: "00000000-0000-0000-0000-000000000000")
        await #expect(throws: KubernetesError.self) {
            try await client.delete(Self.configMap, namespace: namespace, name: "one", options: stale, deadline: soon)
        }
        try await client.delete(
            Self.configMap,
            namespace: namespace,
            name: "one",
            options: DeleteOptions(),
            deadline: soon
        )
        let gone = await #expect(throws: KubernetesError.self) {
            try await client.get(Self.configMap, namespace: namespace, name: "one", deadline: soon)
        }
        #expect(gone?.code == .notFound)
    }

    @Test func `a JSON patch is made as a whole, or is a conflict where it does not fit`() async throws {
        let (client, namespace) = try await client()
        _ = try await client.apply(object("one", namespace), options: options, deadline: soon)
        func patch(
            _ operations: JSONPatch.Operation...,
            name: String = "one",
            dryRun: Bool = false
        ) async throws
            -> JSONValue
        {
            try await client.jsonPatch(
                Self.configMap,
                namespace: namespace,
                name: name,
                patch: JSONPatch(operations),
                fieldManager: "other",
                dryRun: dryRun,
                auditID: "patch-\(namespace)",
                deadline: soon
            )
        }
        let (a, b) = (try JSONPointer("/data/a"), try JSONPointer("/data/b"))
        #expect(try await patch(.test(a, "1"), .add(b, "2"), dryRun: true)["data"] == ["a": "1", "b": "2"])
        #expect(try await patch(.test(a, "1"), .add(b, "3"))["data"] == ["a": "1", "b": "3"])
        for operation in [JSONPatch.Operation.test(b, "2"), .test(try JSONPointer("/data/none"), "1")] {
            let unfit = await #expect(throws: KubernetesError.self) { try await patch(.replace(a, "4"), operation) }
            #expect(unfit?.code == .conflict && unfit?.isRetryable == false)
            #expect(unfit?.request?.hasPrefix("PATCH /api/v1/") == true)
        }
        let stale = await #expect(throws: KubernetesError.self) {
            try await patch(.replace(try JSONPointer("/metadata/resourceVersion"), "1"), .replace(a, "4"))
        }
        #expect(stale?.code == .conflict)
        let invalid = await #expect(throws: KubernetesError.self) {
            try await patch(.test(a, "1"), .add(try JSONPointer("/metadata/labels"), ["not a label": "1"]))
        }
        #expect(invalid?.code == .invalid && invalid?.causes.isEmpty == false)
        let absent = await #expect(throws: KubernetesError.self) { try await patch(.replace(a, "4"), name: "none") }
        #expect(absent?.code == .notFound)
        let live = try await client.get(Self.configMap, namespace: namespace, name: "one", deadline: soon)
        #expect(live["data"] == ["a": "1", "b": "3"])
        try await eventually("the server's own record of the patch") {
            try String(contentsOfFile: ControlPlane.auditLog, encoding: .utf8).contains("\"patch-\(namespace)\"")
        }
    }

    @Test func `refusals are typed`() async throws {
        let (client, namespace) = try await client()
        let wrongType = await #expect(throws: KubernetesError.self) {
            try await client.apply(object("bad", namespace, "text"), options: options, deadline: soon)
        }
        #expect(wrongType?.isRetryable == false)
        let nobody = client.impersonating(serviceAccount: "nobody", namespace: namespace)
        let forbidden = await #expect(throws: KubernetesError.self) {
            try await nobody.apply(object("x", namespace), options: options, deadline: soon)
        }
        #expect(forbidden?.code == .forbidden)
        let unknown = GroupVersionKind(group: "nowhere.example.com", version: "v1", kind: "Thing")
        #expect(try await client.resource(for: unknown, deadline: soon) == nil)
        #expect(try await client.resource(for: Self.configMap, deadline: soon)?.isNamespaced == true)
        #expect(try await client.serverVersion(deadline: soon).hasPrefix("v1."))
    }

    @Test func `a server of another authority, and one that is not there, are said so`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let good = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        let folder = try TemporaryDirectory()
        _ = try await run(
            "openssl",
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "ca.pem", "-subj", "/CN=other"],
            directory: folder.url
        )
        let other = Array(try Data(contentsOf: folder.url.appending(path: "ca.pem")))
        for (server, trust, word) in [
            (good.server, TLSConfiguration.Trust.pem(other), "certificate"),
            ("https://127.0.0.1:1", .system, "connect"),
        ] {
            let configuration = ClusterConfiguration(
                server: server,
                tls: TLSConfiguration(trust: trust),
                credentials: .none,
                namespace: nil
            )
            let client = KubernetesClient(configuration: configuration, userAgent: "test")
            let error = await #expect(throws: KubernetesError.self) { try await client.serverVersion(deadline: soon) }
            #expect(error?.code == .unreachable)
            #expect("\(error.map { "\($0)" } ?? "")".lowercased().contains(word))
        }
    }

    @Test func `a pod's own account and certificates given inline open the same server`() async throws {
        let kubeconfig = try await ControlPlane.kubeconfig()
        let namespace = try await makeNamespace(kubeconfig)
        let admin = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        let request =
            #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":600}}"#
        let path = "/api/v1/namespaces/\(namespace)/serviceaccounts/robot/token"
        _ = try await kubectl(kubeconfig, "-n", namespace, "create", "serviceaccount", "robot")
        let answer = try await kubectl(kubeconfig, "create", "--raw", path, "-f", "-", input: request)
        let token = try #require(try JSONValue(parsing: answer.output)["status"]?["token"]?.stringValue)

        let folder = try TemporaryDirectory()
        let authority = try Data(
            contentsOf: URL(filePath: kubeconfig).deletingLastPathComponent().appending(path: "ca.crt")
        )
        try authority.write(to: folder.url.appending(path: "ca.crt"))
        try Data(token.utf8).write(to: folder.url.appending(path: "token"))
        try Data(namespace.utf8).write(to: folder.url.appending(path: "namespace"))
        let port = try #require(admin.server.split(separator: ":").last)
        let pod = try ClusterConfiguration.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": String(port)],
            folder: folder.path
        )
        #expect(pod.namespace == namespace)
        let flat = try await kubectl(kubeconfig, "config", "view", "--flatten", "--raw").output
        try Data(flat.utf8).write(to: folder.url.appending(path: "flat"))
        let inline = try ClusterConfiguration.resolve(
            kubeconfig: folder.path + "/flat",
            context: "local",
            environment: [:]
        )

        let robot = KubernetesClient(configuration: pod, userAgent: "test")
        let refused = await #expect(throws: KubernetesError.self) {
            try await robot.list(Self.configMap, namespace: namespace, deadline: soon)
        }
        #expect(refused?.message.contains("system:serviceaccount:\(namespace):robot") == true)
        let same = KubernetesClient(configuration: inline, userAgent: "test")
        _ = try await same.list(Self.configMap, namespace: namespace, deadline: soon)
    }
}
