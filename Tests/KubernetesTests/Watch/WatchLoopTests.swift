// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes
import TestSupport
import Testing

/// Following objects on a real API server.
@Suite struct WatchLoopTests {
    private static let configMaps = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")

    private let kubeconfig: String
    private let namespace: String
    private let client: KubernetesClient

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        client = try Self.client(kubeconfig)
    }

    private static func client(_ kubeconfig: String) throws -> KubernetesClient {
        let configuration = try ClusterConfiguration.resolve(kubeconfig: kubeconfig, context: nil, environment: [:])
        return KubernetesClient(configuration: configuration, userAgent: "watch-tests")
    }

    private func call(_ words: String...) async throws {
        let result = try await run("kubectl", ["--kubeconfig", kubeconfig, "-n", namespace] + words)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What was seen, in short, kept by a watch that runs until the body ends.
    private func following(
        _ scope: ObjectScope,
        through other: KubernetesClient? = nil,
        lifetime: Duration = .seconds(290),
        streamsLists: Bool = false,
        _ body: (Locked<[String]>) async throws -> Void
    ) async throws {
        let seen = Locked<[String]>([])
        // A server whose etcd is too old never ends such a list.
        let loop = WatchLoop(other ?? client, scope, lifetime: lifetime, patience: .seconds(streamsLists ? 5 : 60))
        let watch = Task {
            try await loop.run(streamsLists: streamsLists) { output in
                let word: String
                switch output {
                case .began: word = "began"
                case .applied(let object):
                    let data = object["data"]?["a"]?.stringValue.map { "=" + $0 } ?? ""
                    word =
                        "+\(object["kind"]?.stringValue ?? "")/\(object["metadata"]?["name"]?.stringValue ?? "")\(data)"
                case .removed(let object): word = "-\(object["metadata"]?["name"]?.stringValue ?? "")"
                case .synced: word = "synced"
                case .following: return
                case .failed(let error): word = "failed \(error)"
                }
                // Every namespace of a newer server has certificates.
                if !word.hasSuffix(".crt") { seen.withLock { $0.append(word) } }
            }
        }
        try await body(seen)
        watch.cancel()
        await #expect(throws: CancellationError.self) { try await watch.value }
    }

    private func eventually(_ seen: Locked<[String]>, _ word: String) async throws {
        try await TestSupport.eventually("\(word)") { seen.withLock { $0.contains(word) } }
    }

    @Test(arguments: [false, true])
    func `what is there is listed, and what happens is told, each thing once`(streamsLists: Bool) async throws {
        try await call("create", "configmap", "old", "--from-literal=a=1")
        try await following(ObjectScope(Self.configMaps, namespace: namespace), streamsLists: streamsLists) { seen in
            try await eventually(seen, "synced")
            try await call("create", "configmap", "new", "--from-literal=a=1")
            try await call("patch", "configmap", "new", "--type=merge", "-p", #"{"data":{"a":"2"}}"#)
            try await call("delete", "configmap", "old")
            try await eventually(seen, "-old")
            let expected = ["began", "+ConfigMap/old=1", "synced", "+ConfigMap/new=1", "+ConfigMap/new=2", "-old"]
            let told = seen.withLock { $0 }
            #expect(told.lastIndex(of: "began").map { Array(told[$0...]) } == expected, "\(told)")
        }
    }

    @Test func `a stream that the server ends goes on without a list, and nothing in between is lost`() async throws {
        try await following(ObjectScope(Self.configMaps, namespace: namespace), lifetime: .seconds(1)) { seen in
            try await eventually(seen, "synced")
            for index in 0..<12 { try await call("create", "configmap", "c\(index)", "--from-literal=a=\(index)") }
            try await eventually(seen, "+ConfigMap/c11=11")
            let expected = ["began", "synced"] + (0..<12).map { "+ConfigMap/c\($0)=\($0)" }
            #expect(seen.withLock { $0 } == expected)
        }
    }

    @Test func `of a selection, what ceases to be selected goes, and contents may stay where they are`() async throws {
        let scope = ObjectScope(Self.configMaps, namespace: namespace, labelSelector: "mine=yes", metadataOnly: true)
        try await following(scope) { seen in
            try await eventually(seen, "synced")
            try await call("create", "configmap", "other", "--from-literal=a=1")
            try await call("create", "configmap", "c", "--from-literal=a=1")
            try await call("label", "configmap", "c", "mine=yes")
            try await eventually(seen, "+ConfigMap/c")
            try await call("label", "configmap", "c", "mine-")
            try await eventually(seen, "-c")
            #expect(seen.withLock { $0 } == ["began", "synced", "+ConfigMap/c", "-c"])
        }
    }

    @Test func `long lists come in pages`() async throws {
        let (client, namespace) = (client, namespace)
        _ = try await (0..<1_203).map { $0 }.concurrentMap(limit: 16) { index in
            let name: JSONValue = ["name": .string("c\(index)"), "namespace": .string(namespace)]
            _ = try await client.apply(
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": name],
                options: ApplyOptions(fieldManager: "watch-tests", force: false, dryRun: false),
                deadline: .after(.seconds(60))
            )
        }
        try await following(ObjectScope(Self.configMaps, namespace: namespace, metadataOnly: true)) { seen in
            try await eventually(seen, "synced")
            let names = seen.withLock { $0.filter { $0.hasPrefix("+ConfigMap/c") } }
            #expect(names.count == 1_203 && Set(names).count == 1_203)
        }
    }

    @Test func `a reader that fails ends it`() async throws {
        struct Full: Error {}
        let loop = WatchLoop(client, ObjectScope(Self.configMaps, namespace: namespace))
        await #expect(throws: Full.self) { try await loop.run { _ in throw Full() } }
    }

    // MARK: - Faults

    private var watches: String { "/api/v1/namespaces/\(namespace)/configmaps?watch=1" }

    @Test(arguments: ["silence", "cut", "refuse-500", "refuse-429", "drop"])
    func `what happens while a watch is broken is told afterwards, once`(fault: String) async throws {
        let server = try await FaultyServer(before: kubeconfig)
        try server.lose([("GET", watches, fault)])
        let through = try Self.client(server.kubeconfig)
        let scope = ObjectScope(Self.configMaps, namespace: namespace)
        try await following(scope, through: through, lifetime: .seconds(2)) { seen in
            try await eventually(seen, "synced")
            try await call("create", "configmap", "a", "--from-literal=a=1")
            try await call("create", "configmap", "b", "--from-literal=a=1")
            try await call("delete", "configmap", "a")
            try server.lose([])
            try await eventually(seen, "-a")
            let told = seen.withLock { $0.filter { !$0.hasPrefix("failed") } }
            #expect(told == ["began", "synced", "+ConfigMap/a=1", "+ConfigMap/b=1", "-a"], "\(told)")
        }
    }

    @Test func `what was deleted while its version was forgotten is not in the next list`() async throws {
        try await call("create", "configmap", "a", "--from-literal=a=1")
        try await call("create", "configmap", "b", "--from-literal=a=1")
        let server = try await FaultyServer(before: kubeconfig)
        try server.lose([("GET", watches, "refuse-500")])
        let through = try Self.client(server.kubeconfig)
        try await following(ObjectScope(Self.configMaps, namespace: namespace), through: through) { seen in
            try await eventually(seen, "synced")
            try await call("delete", "configmap", "a")
            try server.lose([("GET", watches, "refuse-410")])
            try await TestSupport.eventually("a second list") {
                seen.withLock { $0.count { $0 == "synced" } } == 2
            }
            try server.lose([])
            try await call("create", "configmap", "c", "--from-literal=a=1")
            try await eventually(seen, "+ConfigMap/c=1")
            let told = seen.withLock { $0.filter { !$0.hasPrefix("failed") } }
            #expect(told.prefix(4) == ["began", "+ConfigMap/a=1", "+ConfigMap/b=1", "synced"])
            // The new object may come with the last list or after it.
            let last = told.lastIndex(of: "began").map { told[$0...].filter { $0.hasPrefix("+") } }
            #expect(last == ["+ConfigMap/b=1", "+ConfigMap/c=1"], "\(told)")
        }
    }
}
