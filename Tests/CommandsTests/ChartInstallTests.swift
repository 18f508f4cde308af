// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// The chart on a real API server, and the controller with what the chart grants it.
@Suite(.serialized) struct ChartInstallTests {
    /// What no scenario can be made to use for certain, and why it is granted.
    private static let rare = [
        "get environments.taffrail.dev": "after a crash in the middle of a delivery to another cluster",
        "get inventories.taffrail.dev": "while the watch of Inventories is interrupted",
    ]

    @Test(arguments: ["models", "namespace"])
    func `it installs, upgrades, and grants the controller what it uses and no more`(values: String) async throws {
        let site = try await ChartSite(values: HelmEngine.values(values))
        // Who may not watch Secrets is not tried with any: to be refused is what the test looks for.
        let secrets = values == "namespace"
        #expect(try await site.change("install", begin: true) == 1)
        let definitions = try await site.bash(
            "kubectl wait --for condition=established --timeout 60s -f '\(HelmEngine.chart)/crds'"
        )
        #expect(definitions.split(separator: "\n").count == 4)
        try await site.preparePod()
        try await site.bash("kubectl apply -n models -f - <<YAML\n\(Self.team)\nYAML")
        var controller = try await site.launch()
        try await site.push(Self.objects(0, secrets: secrets))
        try await Self.isWhole(site, 0)

        // An upgrade ends the old pod before the new one starts: only the first installation begins a log.
        controller.end(SIGTERM)
        #expect(try await site.change("upgrade", begin: false) == 2)
        for (round, kind) in ["ConfigMap", "ServiceAccount", "Service"].enumerated() {
            // A write may be answered before the kill: then nobody has to look what landed.
            for attempt in 1...5 {
                let number = round * 10 + attempt
                let record = ControllerSite.size(of: site.log)
                controller = try await site.launch()
                try await site.push(Self.objects(number, secrets: secrets))
                try await site.killOnIntent(to: kind, from: record, controller)
                controller = try await site.launch()
                let closed = try !site.notes.contains("started, 0 ")
                try await Self.isWhole(site, number)
                controller.end(SIGTERM)
                if closed { break }
            }
        }

        let before = try site.plane.answeredRequests().count
        let doctor = try await site.doctor()
        #expect(doctor.status == 0, "\(doctor.output)\(doctor.errors)")
        let after = try site.plane.answeredRequests().count

        controller = try await site.launch()
        try await Self.deleteEnvironment(site)
        controller.end(SIGTERM)
        let requests = try site.requests().count - site.requests(after: before).count
        let all = try Array(site.requests().prefix(requests)) + site.requests(after: after)
        try await Self.compare(all, site)

        try await site.uninstall()
        let left = try await site.bash(
            "kubectl get deployment,persistentvolumeclaim,serviceaccount -n \(ChartSite.home) -o name"
        )
        #expect(left.contains("persistentvolumeclaim/taffrail-log") && !left.contains("deployment"))
        #expect(try await site.bash("kubectl get environments -A -o name").isEmpty, "the definitions stay")
    }

    private static func compare(_ requests: [JSONValue], _ site: ChartSite) async throws {
        let refused = requests.filter { $0["responseStatus"]?["code"]?.intValue == 403 }
        #expect(refused.isEmpty, "\(refused.first ?? .null)")
        let uses = Set(requests.flatMap(AccountAccess.used))
        let grants = try await site.grants()
        #expect(uses.count > 20 && grants.count > 20)
        let others = uses.filter { use in !grants.contains { $0.covers(use) } }
        #expect(others.isEmpty, "used, and granted by somebody else than the chart: \(others)")
        let unused = grants.filter { grant in
            !rare.keys.contains { grant.description.hasPrefix($0) } && !uses.contains(where: grant.covers)
        }
        #expect(unused.isEmpty, "granted, and never used: \(unused)")
    }

    // MARK: - What a team has

    private static func isWhole(_ site: ChartSite, _ number: Int) async throws {
        try await eventually("commit \(number) is applied and healthy") {
            let data = try await site.get("configmap", "settings", "-o", "jsonpath={.data.number}")
            guard data == String(number), try await site.isReady("environment", "production") else { return false }
            return try await site.isReady("modeldeployment", "model-\(number)")
        }
    }

    /// The account, the repository, and an Environment that prunes what it applied when it goes.
    private static let team = """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: deployer}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: deployer}
        rules:
        - {apiGroups: [taffrail.dev], resources: [modeldeployments], verbs: [list, get, create, patch, delete]}
        - {apiGroups: [taffrail.dev], resources: [modeldeployments/finalizers], verbs: [update]}
        - {apiGroups: [""], resources: [serviceaccounts, services, configmaps, secrets], verbs: [list, get, create, patch, delete]}
        - {apiGroups: [apps], resources: [deployments], verbs: [list, get, create, patch, delete]}
        - {apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [list, get, create, patch, delete]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: deployer}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
        subjects: [{kind: ServiceAccount, name: deployer, namespace: models}]
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: ConfigRepository
        metadata: {name: m}
        spec: {url: '$(cat git/url)/m.git', ref: {branch: main}, interval: 1s, secretRef: {name: git}}
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: Environment
        metadata: {name: production}
        spec:
          repositoryRef: {name: m}
          targetNamespace: models
          serviceAccountName: deployer
          deletionPolicy: prune
          interval: 5s
          timeout: 1m
        """

    private static let secret = """
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: token}
        stringData: {token: "0"}
        """

    /// A ConfigMap, a Deployment, a Secret perhaps, and a model that was not there before.
    private static func objects(_ number: Int, secrets: Bool) -> String {
        """
        rm -f *.yaml
        cat > objects.yaml <<'YAML'
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {number: "\(number)"}
        \(secrets ? secret : "")
        ---
        \(Manifests.workload("worker", template: "number: '\(number)'"))
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: ModelDeployment
        metadata: {name: model-\(number)}
        spec:
          owner: risk
          model: {uri: 'models:/m/\(number)'}
          serving: {image: 'm:\(number)', ports: [{name: http, containerPort: 8080}]}
        YAML
        """
    }

    private static func deleteEnvironment(_ site: ChartSite) async throws {
        try await site.bash("kubectl delete environment production -n models --timeout=120s")
        try await eventually("what it applied is gone") {
            try await site.get("configmaps,modeldeployments", "-l", "taffrail.dev/environment", "-o", "name").isEmpty
        }
    }
}
