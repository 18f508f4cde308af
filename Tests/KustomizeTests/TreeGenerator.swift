// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Makes up trees of kustomizations: bases, overlays and components that use most of what there is.
struct TreeGenerator {
    private var random: SeededGenerator
    private let number: Int
    private var files: [String: String] = [:]
    private var folderCount = 0
    /// The objects that the folder at hand has so far, with those of its bases.
    private var scope: [Known] = []

    private struct Known {
        let version: String
        let kind: String
        let name: String
        let namespace: String
        var isGenerated = false

        var head: String {
            "apiVersion: \(version)\nkind: \(kind)\n" + "metadata: {name: \(name)"
                + (namespace.isEmpty ? "" : ", namespace: \(namespace)")
        }
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        number = Int(seed)
    }

    mutating func tree() -> Tree {
        let root = folder(depth: 0)
        return Tree("generated \(number)", files: files.mapValues { Array($0.utf8) }, folder: root)
    }

    // MARK: - Folders

    /// - Returns: the folder's path.
    private mutating func folder(depth: Int, isComponent: Bool = false) -> String {
        folderCount += 1
        let path = "f\(folderCount)"
        let outer = scope
        if !isComponent { scope = [] }
        var lines = isComponent ? ["kind: Component"] : []
        var resources: [String] = []
        if depth < 2, !isComponent {
            for _ in 0..<Int.random(in: 0...2, using: &random) { resources.append("../" + folder(depth: depth + 1)) }
        }
        if resources.isEmpty || chance(50) {
            let objects = (0..<Int.random(in: 1...5, using: &random)).map { _ in object() }
            files[path + "/a.yaml"] = unique(objects).joined(separator: "---\n")
            resources.append("a.yaml")
        }
        lines.append("resources: [\(resources.joined(separator: ", "))]")
        for feature in Feature.allCases where chance(feature.percent) && feature.isGenerator {
            lines.append(self.feature(feature, path))
        }
        if depth < 2, chance(25) { lines.append("components: [../\(folder(depth: 2, isComponent: true))]") }
        for feature in Feature.allCases where chance(feature.percent) && !feature.isGenerator {
            lines.append(self.feature(feature, path))
        }
        files[path + "/kustomization.yaml"] = lines.joined(separator: "\n") + "\n"
        if !isComponent { scope = outer + scope }
        return path
    }

    /// Objects of the same kind and name would be refused most of the time.
    private func unique(_ objects: [(id: String, text: String)]) -> [String] {
        var seen: Set<String> = []
        return objects.filter { seen.insert($0.id).inserted }.map(\.text)
    }

    private enum Feature: CaseIterable {
        case namespace, prefix, suffix, labels, commonLabels, annotations, images, replicas, patches, jsonPatches
        case legacyPatches, configMaps, secrets, replacements, sorting, options

        var isGenerator: Bool { self == .configMaps || self == .secrets || self == .options }

        var percent: Int {
            switch self {
            case .namespace, .replicas, .legacyPatches: 15
            case .sorting, .options: 15
            case .patches, .configMaps: 45
            default: 25
            }
        }
    }

    private mutating func feature(_ feature: Feature, _ folder: String) -> String {
        switch feature {
        case .namespace: "namespace: \(pick(["one", "two", "default"]))"
        case .prefix: "namePrefix: \(pick(["p-", "x-", "a.b-"]))"
        case .suffix: "nameSuffix: \(pick(["-s", "-t"]))"
        case .labels:
            "labels: [{pairs: {\(label())}, \(pick(["includeSelectors", "includeTemplates"])): \(pick(["true", "false"]))}]"
        case .commonLabels: "commonLabels: {\(label())}"
        case .annotations: "commonAnnotations: {note: \(word())}"
        case .images:
            "images: [{name: \(pick(["nginx", "redis"])), \(pick(["newTag: '7'", "newName: other", "digest: 'sha256:1'", "tagSuffix: -x"]))}]"
        case .replicas: scope.last { $0.kind == "Deployment" }.map { "replicas: [{name: \($0.name), count: 3}]" } ?? ""
        case .patches: "patches:\n" + (0..<Int.random(in: 1...2, using: &random)).map { _ in mergePatch() }.joined()
        case .jsonPatches: jsonPatch(folder)
        case .legacyPatches: "patchesStrategicMerge:\n- |\n" + indented(change(), by: 2)
        case .configMaps: "configMapGenerator: [\(generator("ConfigMap", folder))]"
        case .secrets: "secretGenerator: [\(generator("Secret", folder))]"
        case .replacements: replacement()
        case .sorting: "sortOptions: {order: \(pick(["fifo", "legacy"]))}"
        case .options: "generatorOptions: {labels: {gen: \(word())}, disableNameSuffixHash: \(pick(["true", "false"]))}"
        }
    }

    // MARK: - Words

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func pick(_ items: [String]) -> String { random.pick(from: items) }
    private mutating func name() -> String {
        scope.isEmpty || chance(20) ? pick(["web", "db", "conf", "sec"]) : random.pick(from: scope).name
    }
    private mutating func known() -> Known {
        scope.isEmpty ? Known(version: "v1", kind: "ConfigMap", name: "none", namespace: "") : random.pick(from: scope)
    }
    private mutating func word() -> String { pick(["alpha", "beta", "'1'", "'true'", "'yes'", "'null'", "''"]) }
    private mutating func label() -> String { pick(["app", "tier", "team"]) + ": " + word() }
    private mutating func kind() -> String { pick(["Deployment", "ConfigMap", "Service", "StatefulSet", ".*"]) }

    private func indented(_ text: String, by columns: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: columns) + $0 + "\n" }.joined()
    }

    // MARK: - Patches, generators, replacements

    private mutating func mergePatch() -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return "- patch: |\n" + indented(change(), by: 4)
        case 1: return "- target: {kind: \(kind())}\n  patch: |\n" + indented(operations(), by: 4)
        case 2:
            let name = pick([known().name, known().name + "|none", "[a-d].*", "p-.*"])
            return "- target: {name: '\(name)'}\n  patch: |\n" + indented(change(), by: 4)
        default:
            let selector = pick(["app", "!app", "app=alpha", "tier in (alpha,beta)"])
            return
                "- target: {labelSelector: '\(selector)'}\n  options: {allowNameChange: \(pick(["true", "false", "false", "false"]))}\n"
                + "  patch: |\n" + indented(change(), by: 4)
        }
    }

    private mutating func jsonPatch(_ folder: String) -> String {
        files[folder + "/json.yaml"] = operations()
        return "patchesJson6902: [{target: {name: \(known().name), kind: \(kind())}, path: json.yaml}]"
    }

    /// A merge patch of an object that is there.
    private mutating func change() -> String {
        let known = known()
        var text =
            known.head + (chance(30) ? ", labels: {\(label())}" : "")
            + (chance(20) ? ", annotations: {note: \(word())}" : "") + "}\n"
        switch known.kind {
        case "Deployment", "StatefulSet": text += workload(known.kind)
        case "Service": text += "spec: {type: \(word()), ports: [\(port("port"))]}\n"
        case "ConfigMap": text += "data: {a: \(pick(["null", "x"])), d: \(word())}\n"
        case "Thing": text += "spec: {list: [{other: \(word())}], map: {\(label())}}\n"
        default: break
        }
        return chance(5) ? "$patch: delete\n" + text : text
    }

    private mutating func operations() -> String {
        (0..<Int.random(in: 1...2, using: &random)).map { _ in
            pick([
                "- {op: add, path: /metadata/labels, value: {json: patched}}\n",
                "- {op: add, path: /metadata/labels, value: {app: patched}}\n",
                "- {op: add, path: /spec, value: {json: patched}}\n",
                "- {op: replace, path: /metadata/annotations, value: {json: patched}}\n",
                "- {op: add, path: /metadata/annotations/json, value: patched}\n",
                "- {op: test, path: /metadata/absent, value: null}\n",
                "- {op: copy, from: /metadata/name, path: /copied}\n",
            ])
        }.joined()
    }

    private mutating func generator(_ kind: String, _ folder: String) -> String {
        files[folder + "/data.txt"] = "some\ntext <\(word())>\n"
        files[folder + "/data.env"] = "A=\(word())\n# no\nB\n"
        let source = pick([
            "literals: [a=1, 'b=x y']", "files: [data.txt]", "files: [k=data.txt]", "envs: [data.env]", "literals: []",
        ])
        let options = pick([
            "", "", ", options: {annotations: {gen: x}}", ", options: {disableNameSuffixHash: true}",
            ", options: {immutable: true}",
        ])
        let old = scope.last { $0.kind == kind }
        if let old, chance(60) {
            let namespace = old.namespace.isEmpty ? "" : ", namespace: \(old.namespace)"
            return "{name: \(old.name)\(namespace), behavior: \(pick(["merge", "replace"])), \(source)\(options)}"
        }
        let name = "gen\(folderCount)"
        scope.append(Known(version: "v1", kind: kind, name: name, namespace: "", isGenerated: true))
        return "{name: \(name), \(source)\(options)}"
    }

    private mutating func replacement() -> String {
        let source = known()
        return """
            replacements:
            - source: {kind: \(source.kind), name: \(source.name), fieldPath: \(pick(["metadata.name", "kind", "apiVersion"]))}
              targets:
              - select: {kind: \(pick(["Deployment", "Service", "ConfigMap"]))}
                fieldPaths: [\(pick(["metadata.labels.app", "metadata.annotations.copied", "spec.template.spec.containers.0.image", "metadata.name"]))]
                options: {create: \(pick(["true", "true", "false"]))}
            """
    }

    // MARK: - Objects

    private mutating func object() -> (id: String, text: String) {
        let base = pick(["web", "db", "conf", "sec"])
        let name = chance(10) ? base : "\(base)\(folderCount)"
        let kind = pick([
            "Deployment", "ConfigMap", "Secret", "Service", "StatefulSet", "ServiceAccount", "RoleBinding", "Thing",
            "Namespace",
        ])
        let own = chance(10) ? pick(["one", "default"]) : ""
        let namespace = own.isEmpty ? "" : ", namespace: \(own)"
        let labels = chance(50) ? ", labels: {\(label())}" : ""
        let annotations = chance(30) ? ", annotations: {note: \(word())}" : ""
        let metadata = "metadata: {name: \(name)\(namespace)\(labels)\(annotations)}\n"
        let head = { (version: String) in "apiVersion: \(version)\nkind: \(kind)\n" + metadata }
        let text: String
        switch kind {
        case "Deployment", "StatefulSet": text = head("apps/v1") + workload(kind)
        case "Service": text = head("v1") + "spec: {selector: {app: \(word())}, ports: [\(port("port"))]}\n"
        case "ConfigMap": text = head("v1") + "data: {a: \(word()), \(pick(["b", "c"])): \(word())}\n"
        case "Secret": text = head("v1") + "data: {a: YQ==}\n"
        case "RoleBinding":
            text =
                head("rbac.authorization.k8s.io/v1")
                + "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: \(self.name())}\n"
                + "subjects: [{kind: ServiceAccount, name: \(pick(["web", "db", "default"]))\(pick(["", ", namespace: one"]))}]\n"
        case "Thing": text = head("example.com/v1") + "spec: {list: [{name: \(word())}], map: {\(label())}}\n"
        default: text = head("v1")
        }
        let version = String(text.split(separator: "\n")[0].dropFirst("apiVersion: ".count))
        scope.append(Known(version: version, kind: kind, name: name, namespace: own))
        return (kind + name + namespace, text)
    }

    private mutating func workload(_ kind: String) -> String {
        var text = "spec:\n  replicas: \(Int.random(in: 0...3, using: &random))\n"
        if kind == "StatefulSet" { text += "  serviceName: \(name())\n" }
        text += "  template:\n    spec:\n      serviceAccountName: \(name())\n      containers:\n"
        for container in ["main", "side"] where container == "main" || chance(40) {
            text +=
                "      - name: \(container)\n        image: \(pick(["nginx", "nginx:1", "redis:2", "team/redis"]))\n"
            if chance(50) { text += "        ports: [\(port("containerPort")), \(port("containerPort"))]\n" }
            if chance(50) {
                text += "        envFrom: [{configMapRef: {name: \(name())}}, {secretRef: {name: \(name())}}]\n"
            }
            if chance(50) {
                text +=
                    "        env: [{name: A, value: \(word())}, {name: B, valueFrom: {configMapKeyRef: {name: \(name()), key: a}}}]\n"
            }
        }
        if chance(50) {
            text +=
                "      volumes: [{name: v, configMap: {name: \(name())}}, {name: w, secret: {secretName: \(name())}}]\n"
        }
        return text
    }

    private mutating func port(_ key: String) -> String {
        "{\(key): \(pick(["80", "81"]))\(pick(["", ", protocol: TCP", ", protocol: UDP"]))\(pick(["", ", name: http"]))}"
    }
}
