// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import JSON
import TaffrailAPI
import TestSupport
import Testing
import YAML

@testable import Commands

/// The chart as it is rendered, without a cluster.
@Suite struct ChartTests {
    private static let kubernetes = ["1.25", "1.31", "1.37"]
    /// What is nobody's default, all at once.
    private static let everything = """
        {"image": {"repository": "mirror/taffrail", "digest": "sha256:\(String(repeating: "0a", count: 32))", "pullPolicy": "Always"},
         "imagePullSecrets": [{"name": "pull"}], "fullnameOverride": "gitops", "scope": "cluster",
         "tenants": [
           {"namespace": "models", "serviceAccounts": ["a", "b"], "secrets": ["git", "eu-cluster"], "secretNamespaces": ["models", "shared"]},
           {"namespace": "shared", "serviceAccounts": ["c"]}],
         "delivers": [{"apiGroups": ["", "apps"], "resources": ["configmaps", "statefulsets"]}],
         "serviceAccount": {"name": "keeper", "annotations": {"a": "b"}},
         "log": {"begin": true, "size": "1Gi", "storageClassName": "fast", "accessModes": ["ReadWriteOncePod"],
                 "key": {"private": "p", "secret": "s", "public": "v"}},
         "extraArgs": ["--allow-local-clusters"], "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
         "livenessProbe": {"httpGet": {"path": "/", "port": 1}},
         "podAnnotations": {"a": "b"}, "podLabels": {"a": "b"}, "nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}],
         "affinity": {"nodeAffinity": {}}, "priorityClassName": "high", "podDisruptionBudget": {"enabled": true},
         "networkPolicy": {"ports": [443], "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}}
        """
    private static let spare = """
        {"rbac": {"create": false}, "serviceAccount": {"create": false, "name": "mine"}, "networkPolicy": {"enabled": false},
         "log": {"existingClaim": "mine"}, "resources": null}
        """
    private static let namespaces = """
        {"scope": "namespace", "tenants": [{"namespace": "models", "serviceAccounts": ["deployer"], "targetNamespaces": ["batch"]}]}
        """
    private static let all = [
        HelmEngine.chart + "/values.yaml", HelmEngine.values("models"), HelmEngine.values("namespace"), everything,
        spare,
        namespaces,
    ]

    @Test(arguments: all) func `it is clean for Helm, and Kubernetes takes what comes of it`(
        values: String
    ) async throws {
        let helm = try await HelmEngine()
        try await helm.call("lint", HelmEngine.chart, "-f", values)
        let objects = try await helm.objects(values)
        for version in Self.kubernetes {
            try await helm.call(
                "validate",
                version,
                input: String(decoding: JSONValue.array(objects).serialized(), as: UTF8.self)
            )
        }
        for template in objects.compactMap(\.podSpec) { Self.expectRestricted(template) }
    }

    /// The restricted Pod Security Standard, and no writable root.
    private static func expectRestricted(_ pod: JSONValue) {
        #expect(pod["securityContext"]?["runAsNonRoot"] == true)
        #expect(pod["securityContext"]?["seccompProfile"]?["type"] == "RuntimeDefault")
        let containers = (pod["containers"]?.arrayValue ?? []) + (pod["initContainers"]?.arrayValue ?? [])
        #expect(!containers.isEmpty)
        for container in containers {
            let security = container["securityContext"]
            #expect(security?["allowPrivilegeEscalation"] == false && security?["readOnlyRootFilesystem"] == true)
            #expect(security?["capabilities"]?["drop"] == ["ALL"] && security?["capabilities"]?["add"] == nil)
        }
    }

    @Test(arguments: [
        (#"{"scope": "namespace"}"#, "tenants"),
        (#"{"scope": "namespace", "tenants": [{"namespace": "a"}, {"namespace": "b"}]}"#, "tenants"),
        (#"{"scope": "team"}"#, "scope"),
        (#"{"delivers": [{"apiGroups": [""], "resources": ["*"]}]}"#, "resources"),
        (#"{"delivers": [{"apiGroups": [""], "resources": ["secrets"]}]}"#, "resources"),
        (#"{"tenants": [{"namespace": "a", "serviceAccounts": ["*"]}]}"#, "serviceAccounts"),
        (#"{"log": {"beginn": true}}"#, "beginn"),
        (#"{"image": {"digest": "latest"}}"#, "digest"),
        (#"{"runAsUser": 0}"#, "runAsUser"),
    ])
    func `values that it does not have, or that would grant too much, are refused by name`(
        values: String,
        place: String
    )
        async throws
    {
        let helm = try await HelmEngine()
        let result = try await helm.result(of: ["template", "taffrail", HelmEngine.chart, "-f", values])
        #expect(result.status == 1 && result.errors.contains(place), "\(result.output)\(result.errors)")
    }

    @Test func `half a key is refused`() async throws {
        let helm = try await HelmEngine()
        let values = #"{"log": {"key": {"private": "p"}}}"#
        let result = try await helm.result(of: ["template", "taffrail", HelmEngine.chart, "-f", values])
        #expect(result.status == 1 && result.errors.contains("log.key.secret"), "\(result.errors)")
    }

    @Test func `nothing is granted by wildcard, and what lends power is granted by name`() async throws {
        let helm = try await HelmEngine()
        for values in Self.all {
            let objects = try await helm.objects(values)
            for role in objects.all("ClusterRole") + objects.all("Role") {
                for rule in role["rules"]?.arrayValue ?? [] {
                    let words = ["apiGroups", "resources", "verbs"].flatMap { rule[$0]?.arrayValue ?? [] }
                    #expect(!words.contains("*"), "\(rule)")
                    let resources = rule["resources"]?.arrayValue ?? []
                    let verbs = rule["verbs"]?.arrayValue ?? []
                    let isWatch = verbs.contains("watch") && role["kind"] == "Role"
                    if verbs.contains("impersonate") || resources.contains("secrets") && !isWatch {
                        #expect(rule["resourceNames"]?.arrayValue?.isEmpty == false, "\(rule)")
                    }
                }
            }
        }
    }

    @Test func `one namespace gets Roles, and the cluster grants no more than its uid, reviews and groups`()
        async throws
    {
        let objects = try await HelmEngine().objects(Self.namespaces)
        #expect(objects.all("Role").compactMap { $0["metadata"]?["namespace"]?.stringValue } == ["batch", "models"])
        let rules = objects.all("ClusterRole").flatMap { $0["rules"]?.arrayValue ?? [] }
        #expect(
            rules.map { $0["resources"] } == [["namespaces"], ["tokenreviews"], ["subjectaccessreviews"], ["groups"]]
        )
        let controller = try #require(objects.all("Deployment").first?.podSpec?["containers"]?[0])
        #expect(controller["args"]?.arrayValue?.contains("--namespace=models") == true)
    }

    @Test func `what a cluster may not serve is there where it does`() async throws {
        let objects = try await HelmEngine().objects(Self.everything)
        // The engine renders for a cluster of its own time; what an old one gets, its API server says when the chart is installed.
        #expect(objects.all("PodDisruptionBudget").count == 1)
        let resources = objects.all("ClusterRole").flatMap { $0["rules"]?.arrayValue ?? [] }.map { $0["resources"] }
        #expect(resources.contains(["poddisruptionbudgets"]))
    }

    @Test func `what holds the record stays when the release goes`() async throws {
        let objects = try await HelmEngine().objects(Self.everything)
        for kind in ["PersistentVolumeClaim", "Secret"] {
            let object = try #require(objects.all(kind).first)
            #expect(object["metadata"]?["annotations"]?["helm.sh/resource-policy"] == "keep")
        }
    }

    @Test func `it is of the binary's version, and its arguments are the binary's`() async throws {
        let chart = YAML.parse(
            try Array(Data(contentsOf: URL(filePath: HelmEngine.chart + "/Chart.yaml"))),
            file: "Chart.yaml"
        )
        #expect(chart.documents.first?.value["appVersion"]?.stringValue == Version.text)
        let helm = try await HelmEngine()
        for values in Self.all {
            for pod in try await helm.objects(values).compactMap(\.podSpec) {
                let words = pod["containers"]?[0]?["args"]?.arrayValue?.compactMap(\.stringValue) ?? []
                #expect(throws: Never.self, "\(words)") { _ = try TaffrailCommand.parseAsRoot(words) }
            }
        }
    }

    @Test func `its definitions are those of the types`() throws {
        let folder = HelmEngine.chart + "/crds"
        for (file, definition) in CustomResources.definitions {
            let copy = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            #expect(copy == YAML.emit(definition), "charts/taffrail/crds/\(file) is stale: run 'make generate'")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == CustomResources.definitions.count)
    }
}

extension JSONValue {
    /// Of a pod, or of what makes pods.
    fileprivate var podSpec: JSONValue? {
        switch self["kind"]?.stringValue {
        case "Pod": self["spec"]
        case "Deployment": self["spec"]?["template"]?["spec"]
        default: nil
        }
    }
}
