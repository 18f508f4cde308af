// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Delivery
internal import JSON
internal import Kubernetes

/// Whether the controller, and the account of each Environment, may do what their loops do.
struct PermissionsCheck {
    private static let name = "permissions"

    let client: KubernetesClient
    /// That the controller watches; `nil` for all.
    let namespace: String?
    /// The controller's service account; `nil` for whoever asks.
    let controller: NamespacedName?

    func run(_ resources: WatchedResources) async -> [Diagnosis] {
        var kinds: [NamespacedName: (kinds: Set<AppliedKind>, unserved: [String])] = [:]
        let elsewhere = Set(
            resources.environments.filter(TargetClusters.isElsewhere).map { NamespacedName($0) }
        )
        for inventory in resources.inventories where !elsewhere.contains(NamespacedName(inventory)) {
            kinds[NamespacedName(inventory)] = await applied(inventory)
        }
        let all = kinds.values.reduce(into: Set<AppliedKind>()) { $0.formUnion($1.kinds) }
        let needs = RequiredAccess.controller(namespace: namespace, resources: resources, kinds: all)
        var diagnoses = [await controllerDiagnosis(needs)]
        for environment in resources.environments {
            guard !TargetClusters.isElsewhere(environment) else {
                diagnoses.append(Self.elsewhere(environment))
                continue
            }
            let known = kinds[NamespacedName(environment)]
            diagnoses.append(await diagnosis(of: environment, known?.kinds ?? [], resources, known?.unserved ?? []))
        }
        return diagnoses
    }

    private static func elsewhere(_ environment: JSONValue) -> Diagnosis {
        Diagnosis(
            name,
            "Environment \(NamespacedName(environment))",
            .notChecked,
            "its objects are in another cluster: 'kubectl auth can-i --list' with its kubeconfig tells what it may do there"
        )
    }

    private func controllerDiagnosis(_ needs: [Need]) async -> Diagnosis {
        guard let controller else {
            return await diagnosis("controller (you)", account: "you", subject: nil, needs)
        }
        return await diagnosis(
            "controller \(controller)",
            account: "service account \(controller)",
            subject: AccessSubject(serviceAccount: controller.name, namespace: controller.namespace),
            needs
        )
    }

    private func diagnosis(
        of environment: JSONValue,
        _ kinds: Set<AppliedKind>,
        _ resources: WatchedResources,
        _ unserved: [String]
    ) async -> Diagnosis {
        let account = WatchedResources.account(of: environment)
        let home = NamespacedName(environment)
        let target = environment["spec"]?["targetNamespace"]?.stringValue ?? home.namespace
        let models = AppliedKind(
            group: GroupVersionKind.modelDeployment.group,
            resource: "modeldeployments",
            namespace: target
        )
        // Before the first apply nobody knows; a ModelDeployment is what most have.
        let isKnown = !kinds.isEmpty
        let kinds = isKnown ? kinds : [models]
        let needs = RequiredAccess.account(
            kinds: kinds,
            models: Set(
                kinds.filter { $0.group == models.group && $0.resource == models.resource }.compactMap(\.namespace)
            ),
            prunes: environment["spec"]?["prune"]?.boolValue ?? true
        )
        return await diagnosis(
            "Environment \(home)",
            account: "service account \(account)",
            subject: AccessSubject(serviceAccount: account.name, namespace: account.namespace),
            needs,
            remark: (isKnown ? "" : "; it has applied nothing yet, so only what a ModelDeployment needs was asked for")
                + (unserved.isEmpty
                    ? "" : "; not checked, since the cluster does not serve them: \(unserved.joined(separator: ", "))")
        )
    }

    private func diagnosis(
        _ title: String,
        account: String,
        subject: AccessSubject?,
        _ needs: [Need],
        remark: String = ""
    ) async -> Diagnosis {
        let client = client
        let answers: [Bool]
        do {
            answers = try await needs.concurrentMap(limit: 8) { need in
                try await client.isAllowed(need.access, for: subject, deadline: .after(.seconds(15)))
            }
        } catch {
            return Diagnosis(
                Self.name,
                title,
                .notChecked,
                "the rights of \(account) cannot be asked for: \(error)",
                remedy: (error as? KubernetesError)?.code == .forbidden
                    ? [
                        "ask as somebody who may create subjectaccessreviews.authorization.k8s.io, such as an administrator"
                    ]
                    : []
            )
        }
        return Self.judge(title, account: account, needs, answers, remark: remark)
    }

    static func judge(
        _ title: String,
        account: String,
        _ needs: [Need],
        _ answers: [Bool],
        remark: String = ""
    ) -> Diagnosis {
        let missing = zip(needs, answers).filter { !$1 }.map(\.0)
        guard !missing.isEmpty else {
            return Diagnosis(
                name,
                title,
                .ok,
                "\(account) may do everything that was asked for (\(needs.count))\(remark)"
            )
        }
        let lacks = MissingAccess(accesses: missing.map(\.access))
        return Diagnosis(
            name,
            title,
            missing.allSatisfy(\.isOptional) ? .warning : .problem,
            "\(account) may not \(lacks.description)\(remark)",
            remedy: lacks.remedy(for: account)
        )
    }

    /// What an Environment has applied, by its Inventory.
    private func applied(_ inventory: JSONValue) async -> (kinds: Set<AppliedKind>, unserved: [String]) {
        var kinds: Set<AppliedKind> = []
        var unserved: Set<String> = []
        for entry in inventory["spec"]?["entries"]?.arrayValue ?? [] {
            let type = GroupVersionKind(
                group: entry["group"]?.stringValue ?? "",
                version: entry["version"]?.stringValue ?? "",
                kind: entry["kind"]?.stringValue ?? ""
            )
            guard let resource = try? await client.resource(for: type, deadline: .after(.seconds(15))) else {
                unserved.insert(type.description)
                continue
            }
            let namespace = resource.isNamespaced ? entry["namespace"]?.stringValue : nil
            kinds.insert(AppliedKind(group: type.group, resource: resource.plural, namespace: namespace))
        }
        return (kinds, unserved.sorted())
    }
}
