// SPDX-License-Identifier: Apache-2.0

import Audit
import Change
import Concurrency
import Foundation
import JSON
import Kubernetes
import TestSupport
import Testing
import Transport

@testable import Delivery

/// Environments that deliver to another cluster, on two real ones.
@Suite(.serialized) struct RemoteClusterTests {
    private static let other = Task { try await OtherControlPlane() }
    private static let reference = "kubeConfig: {secretRef: {name: other}}"

    private let site: EnvironmentSite
    private let remote: String
    /// In the other cluster.
    private let namespace: String

    init() async throws {
        site = try await EnvironmentSite()
        remote = try await Self.other.value.kubeconfig
        namespace = try await makeNamespace(remote)
        try await keep(remote)
    }

    /// Puts a kubeconfig into a Secret, with the content of the files that it names.
    private func keep(_ kubeconfig: String, as name: String = "other") async throws {
        try await keep(text: flat(kubeconfig), as: name)
    }

    private func keep(text: String, as name: String) async throws {
        let file = try TemporaryDirectory()
        try Data(text.utf8).write(to: URL(filePath: file.path + "/value"))
        try await site.call("create", "secret", "generic", name, "--from-file=value=\(file.path)/value")
    }

    private func flat(_ kubeconfig: String) async throws -> String {
        let words = ["--kubeconfig", kubeconfig, "config", "view", "--raw", "--flatten", "-o", "json"]
        return try await run("kubectl", words).output
    }

    private func configMap(_ name: String, _ data: String = "a: b") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {\(data)}\n---\n"
    }

    private func spec(_ more: String = "deletionPolicy: prune") -> String {
        "targetNamespace: \(namespace), \(more), \(Self.reference)"
    }

    private func there(_ words: String...) async throws -> String {
        try await run("kubectl", ["--kubeconfig", remote, "-n", namespace, "get"] + words).output
    }

    private func uid(_ kubeconfig: String) async throws -> String {
        let words = ["--kubeconfig", kubeconfig, "get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]
        return try await run("kubectl", words).output
    }

    @Test func `objects go there and nowhere else, are healed and pruned there, and each record names the cluster`()
        async throws
    {
        try await site.environment(spec())
        try await site.deliver(configMap("a") + configMap("b"))
        #expect(try await there("configmap", "a", "-o", "jsonpath={.data.a}") == "b")
        #expect(try await run("kubectl", ["--kubeconfig", site.kubeconfig, "get", "namespace", namespace]).status != 0)
        #expect(try await site.read("inventory", "e", "-o", "jsonpath={.spec.entries[*].name}") == "a b")
        try check(await kubectl(remote, "-n", namespace, "patch", "configmap", "a", "-p", #"{"data":{"a":"x"}}"#))
        try await site.deliver(configMap("a"))
        #expect(try await there("configmap", "a", "-o", "jsonpath={.data.a}") == "b")
        #expect(try await there("configmap", "b", "-o", "name").isEmpty)
        let cluster = JSONValue.string(try await uid(remote))
        let records = try site.log.records().filter { $0.kind != .genesis }
        let kinds = Set(records.map(\.kind))
        #expect(kinds.isSuperset(of: [.intent, .outcome, .healed, .pruned, .drift]), "\(kinds)")
        #expect(records.allSatisfy { $0.predicate["targetCluster"]?["uid"] == cluster })
        // Nobody of this cluster is impersonated there.
        let managers = try await there("configmap", "a", "-o", "jsonpath={.metadata.managedFields[*].manager}")
        #expect(managers.contains("taffrail"))
        try await site.delete()
        #expect(try await site.letGo() == nil)
        #expect(try await there("configmap", "a", "-o", "name").isEmpty)
    }

    // MARK: - Kubeconfigs of others

    @Test(arguments: [
        (#"users/0/user/exec"#, #"{"command":"touch","apiVersion":"client.authentication.k8s.io/v1"}"#, "exec"),
        (#"users/0/user/auth-provider"#, #"{"name":"gcp"}"#, "auth-provider"),
        (#"users/0/user/tokenFile"#, #""/etc/hostname""#, "tokenFile"),
        (
            #"clusters/0/cluster/certificate-authority"#, #""/etc/ssl/certs/ca-certificates.crt""#,
            "certificate-authority"
        ),
        (#"clusters/0/cluster/proxy-url"#, #""http://10.0.0.1:3128""#, "proxy-url"),
        (#"users/0/user/client-key"#, #""/etc/hostname""#, "client-key"),
        (#"clusters/0/cluster/insecure-skip-tls-verify"#, "true", "insecure-skip-tls-verify"),
        (#"clusters/0/cluster/server"#, #""http://127.0.0.1:8080""#, "server"),
        (#"current-context"#, #""nowhere""#, "nowhere"),
    ])
    func `a kubeconfig that asks for more than it may is refused, with the field`(
        place: String,
        value: String,
        words: String
    ) async throws {
        let json = try JSONValue(parsing: await flat(remote))
        let patch = try JSONPatch([.add(JSONPointer("/" + place), JSONValue(parsing: value))])
        try await keep(text: String(decoding: patch.applied(to: json).serialized(), as: UTF8.self), as: "bad")
        try await site.environment("targetNamespace: \(namespace), kubeConfig: {secretRef: {name: bad}}")
        try await site.deliver(configMap("a"), until: "InvalidKubeConfig")
        let message = try await site.ready().message
        #expect(message.contains("Secret \(site.namespace)/bad, key value") && message.contains(words), "\(message)")
        #expect(try await there("configmap", "a", "-o", "name").isEmpty)
        #expect(try site.log.records().map(\.kind) == [.genesis])
    }

    @Test(arguments: [
        ("{name: missing}", "there is no Secret 'missing'"), ("{name: other, key: x}", "has nothing as its 'x'"),
    ])
    func `a kubeconfig that is not there is named`(reference: String, words: String) async throws {
        try await site.environment("targetNamespace: \(namespace), kubeConfig: {secretRef: \(reference)}")
        try await site.deliver(configMap("a"), until: "InvalidKubeConfig")
        #expect(try await site.ready().message.contains(words))
        // Once it is mended, nobody has to ask again.
        try await site.environment(spec())
        try await site.deliver(configMap("a"))
    }

    @Test func `a kubeconfig does not lead to this machine where tenants may not`() async throws {
        try await site.environment(spec())
        let environment = try #require(try await site.object())
        let clusters = TargetClusters(
            home: site.client,
            homeUID: "home",
            reach: .beyondThisHost,
            userAgent: "test"
        )
        let error = await #expect(throws: DeliveryError.self) {
            try await clusters.probe(environment, deadline: site.soon)
        }
        #expect(error?.code == .clusterUnusable)
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("127.0.0.1"), "\(String(describing: error))")
        #expect(try await site.clusters.probe(environment, deadline: site.soon).uid == uid(remote))
    }

    // MARK: - Other ends

    @Test func `a Secret that went first keeps nothing from being pruned`() async throws {
        try await site.environment(spec())
        try await site.deliver(configMap("a"))
        try await site.call("delete", "secret", "other")
        try await site.delete()
        #expect(try await site.letGo() == nil)
        #expect(try await there("configmap", "a", "-o", "name").isEmpty)
        #expect(try site.pruned() == ["ConfigMap/a"])
    }

    @Test func `a cluster that went first is waited for until the time is up`() async throws {
        let lost = try await OtherControlPlane()
        try await keep(lost.kubeconfig, as: "lost")
        let reference = "kubeConfig: {secretRef: {name: lost}}"
        try await site.environment("targetNamespace: default, deletionPolicy: prune, \(reference)")
        try await site.deliver(configMap("a"))
        try lost.stop()
        try await site.delete()
        _ = try? await site.look()
        let told = try await site.ready()
        #expect(told.reason == "DeletionFailed", "\(told)")
        site.wait(61)
        let words = try #require(try await site.letGo())
        #expect(words.contains("could not be asked"), "\(words)")
        #expect(try site.findings("left-behind") == ["ConfigMap/default/a"])
    }

    @Test func `an Environment moves to another cluster only where somebody says so, and on record`() async throws {
        try await site.environment(spec())
        try await site.deliver(configMap("a"))
        let home = site.recorder.clusterUID
        try await site.call(
            "patch",
            "environment",
            "e",
            "--type=json",
            "-p",
            #"[{"op":"remove","path":"/spec/kubeConfig"}]"#
        )
        try await site.environment("targetNamespace: \(site.namespace), deletionPolicy: prune")
        try await site.deliver(configMap("a"), until: "Refused")
        let refusal = try await site.ready().message
        #expect(refusal.contains(try await uid(remote)) && refusal.contains("taffrail.dev/allow-cluster: \(home)"))
        #expect(try await site.read("configmap", "a", "-o", "name").isEmpty)
        try await site.call("annotate", "environment", "e", "taffrail.dev/allow-cluster=\(home)")
        try await site.deliver(configMap("a"))
        #expect(try await !site.read("configmap", "a", "-o", "name").isEmpty)
        #expect(try await !there("configmap", "a", "-o", "name").isEmpty)
        let record = try #require(try site.log.records().first { $0.kind == .clusterRebound })
        #expect(record.predicate["formerCluster"]?["uid"]?.stringValue == (try await uid(remote)))
        #expect(try site.log.list("left", of: record).map { $0["name"] } == ["a"])
    }

    @Test func `an Environment that leads elsewhere prunes nothing there in the end`() async throws {
        try await site.environment(spec())
        try await site.deliver(configMap("a"))
        try await site.call(
            "patch",
            "environment",
            "e",
            "--type=json",
            "-p",
            #"[{"op":"remove","path":"/spec/kubeConfig"}]"#
        )
        try await site.delete()
        _ = try? await site.look()
        #expect(try await site.ready().message.contains("lead it back"))
        site.wait(61)
        #expect(try #require(try await site.letGo()).contains("lead it back"))
        #expect(try await !there("configmap", "a", "-o", "name").isEmpty)
    }

    @Test func `what another controller delivers there under the same name is left to it`() async throws {
        let label = Ownership.labelValue(namespace: site.namespace, name: "e")
        try check(
            await kubectl(
                remote,
                "-n",
                namespace,
                "apply",
                "-f",
                "-",
                input: """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata:
                      name: a
                      labels: {taffrail.dev/environment: \(label)}
                      annotations: {taffrail.dev/audit-index: 7@example.com/elsewhere}
                    """
            )
        )
        try await site.environment(spec())
        try await site.deliver(configMap("a") + configMap("b"), until: "PartiallyRefused")
        #expect(try await site.ready().message.contains("example.com/elsewhere"))
        #expect(try await there("configmap", "a", "-o", "jsonpath={.data}").isEmpty)
        #expect(try await !there("configmap", "b", "-o", "name").isEmpty)
    }

    // MARK: - After a crash

    @Test(arguments: [true, false])
    func `what landed there is looked up there, and keeps nobody waiting where nobody can tell`(
        isThere: Bool
    ) async throws {
        try await site.environment(spec())
        try await site.deliver(configMap("a"))
        let former = try #require(try site.log.records().last { $0.kind == .intent })
        let target = try #require(former.targetCluster)
        let key = ObjectKey(group: "", kind: "ConfigMap", namespace: namespace, name: "a")
        let live = try JSONValue(parsing: await there("configmap", "a", "-o", "json"))
        let type = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
        let change = PlannedChange(
            operation: .prune,
            type: type,
            key: key,
            uid: live["metadata"]?["uid"]?.stringValue
        )
        let context = RunContext(
            runID: try RunContext.newRunID(),
            loop: .delivery,
            environment: EnvironmentReference(namespace: site.namespace, name: "e"),
            revision: nil,
            commitBytes: nil,
            targetCluster: target
        )
        _ = try await site.recorder.intent([change], context: context)
        let recorder = try await site.reopened()
        if !isThere { try await site.call("delete", "secret", "other") }
        let clusters = TargetClusters(home: site.client, homeUID: "home", reach: .anywhere, userAgent: "test")
        let recovery = Recovery(client: site.client, recorder: recorder) { intent in
            let (environment, cluster) = (try #require(intent.environment), try #require(intent.targetCluster))
            return try await clusters.server(of: environment, uid: cluster.uid, deadline: .after(.seconds(60)))
        }
        #expect(try await recovery.closeOpenIntents() == 1)
        let gap = try #require(try site.log.records().last { $0.kind == .gap })
        #expect(gap.targetCluster?.uid == target.uid)
        let landed = try site.log.list("changes", of: gap).map { $0["landed"] }
        #expect(landed == [isThere ? "not-landed" : "unknown"])
        await recorder.close()
    }
}
