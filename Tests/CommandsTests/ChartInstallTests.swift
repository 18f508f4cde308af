// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// The chart on a real API server, and the controller with what the chart grants it.
@Suite(.serialized) struct ChartInstallTests {
    /// What no scenario can be made to use for certain, and why it is granted.
    private static let rare = [
        "get inventories.taffrail.dev": "while the watch of Inventories is interrupted",
        "patch events.events.k8s.io": "when the same happens again within ten minutes",
    ]

    /// - Parameters:
    ///   - values: a file of values.
    ///   - refused: what the controller asks for in vain with these, and does without. Who may not watch Secrets looks at them as the team's account.
    @Test(arguments: [
        ("models", ["list secrets in models", "get secrets 'token' in models"]), ("namespace", []),
    ])
    func `it installs, upgrades, and grants the controller what it uses and no more`(
        values: String,
        refused: [String]
    )
        async throws
    {
        let site = try await ChartSite(values: HelmEngine.values(values))
        #expect(try await site.change("install", begin: true) == 1)
        let definitions = try await site.bash(
            "kubectl wait --for condition=established --timeout 60s -f '\(HelmEngine.chart)/crds'"
        )
        #expect(definitions.split(separator: "\n").count == 4)
        try await site.preparePod()
        try await site.bash(
            "kubectl apply -n models -f - <<YAML\n\(Self.team(elsewhere: site.elsewhere.namespace))\nYAML"
        )
        var controller = try await site.launch()
        try await site.push(Self.objects(0))
        try await Self.isWhole(site, 0)

        // An upgrade ends the old pod before the new one starts: only the first installation begins a log.
        controller.end(SIGTERM)
        #expect(try await site.change("upgrade", begin: false) == 2)
        try await Self.crash(site)
        let before = try site.requests()
        let doctor = try await site.doctor()
        #expect(doctor.status == 0, "\(doctor.output)\(doctor.errors)")
        let between = try site.requests().count
        controller = try await site.launch()
        try await Self.deleteEnvironment(site)
        controller.end(SIGTERM)
        try await Self.compare(before + site.requests().dropFirst(between), refused: refused, site)

        try await site.uninstall()
        let left = try await site.bash(
            "kubectl get deployment,persistentvolumeclaim,serviceaccount -n \(ChartSite.home) -o name"
        )
        #expect(left.contains("persistentvolumeclaim/taffrail-log") && !left.contains("deployment"))
        #expect(try await site.bash("kubectl get environments -A -o name").isEmpty, "the definitions stay")
    }

    /// Kills the controller while it writes objects of each kind, so that its next start looks which writes landed.
    private static func crash(_ site: ChartSite) async throws {
        for (round, kind) in ["ConfigMap", "ServiceAccount", "Service", "ResourceQuota"].enumerated() {
            // A write may be answered before the kill: then there is nothing to look for.
            for attempt in 1...5 {
                let number = round * 10 + attempt
                let record = ControllerSite.size(of: site.log)
                let killed = try await site.launch()
                try await site.push(objects(number))
                try await site.killOnIntent(to: kind, from: record, killed)
                let controller = try await site.launch()
                let hasLooked = try !site.notes.contains("started, 0 ")
                try await isWhole(site, number)
                controller.end(SIGTERM)
                if hasLooked { break }
            }
        }
    }

    /// Both ways: what was asked for is granted, and what is granted was asked for.
    private static func compare(_ requests: [JSONValue], refused: [String], _ site: ChartSite) async throws {
        let isRefused = { (request: JSONValue) in request["responseStatus"]?["code"]?.intValue == 403 }
        let missing = Set(requests.filter(isRefused).flatMap(AccountAccess.used).map(\.description))
        #expect(missing.isSubset(of: refused), "asked for in vain: \(missing)")
        #expect(missing.contains(refused.first ?? "") == !refused.isEmpty)
        let uses = Set(requests.filter { !isRefused($0) }.flatMap(AccountAccess.used))
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
            guard try await site.isReady("environment", "elsewhere") else { return false }
            return try await site.isReady("modeldeployment", "model-\(number)")
        }
    }

    /// The account, the repository, an Environment that prunes what it applied when it goes, and one of another cluster.
    private static func team(elsewhere: String) -> String {
        """
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
          path: production
          targetNamespace: models
          serviceAccountName: deployer
          deletionPolicy: prune
          interval: 5s
          timeout: 1m
        ---
        apiVersion: taffrail.dev/v1alpha1
        kind: Environment
        metadata: {name: elsewhere}
        spec:
          repositoryRef: {name: m}
          path: elsewhere
          targetNamespace: \(elsewhere)
          kubeConfig: {secretRef: {name: eu-cluster}}
          interval: 5s
        """
    }

    /// A ConfigMap, a Secret, a Deployment, and a model that was not there before; and a ResourceQuota for the other cluster.
    private static func objects(_ number: Int) -> String {
        """
        mkdir -p production elsewhere
        cat > elsewhere/quota.yaml <<'YAML'
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: quota}
        spec: {hard: {pods: "\(number + 1)"}}
        YAML
        cat > production/objects.yaml <<'YAML'
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {number: "\(number)"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: token}
        stringData: {number: "\(number)"}
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
        try await site.bash("kubectl delete environments --all -n models --timeout=120s")
        try await eventually("what it applied is gone") {
            try await site.get("configmaps,modeldeployments", "-l", "taffrail.dev/environment", "-o", "name").isEmpty
        }
    }
}
