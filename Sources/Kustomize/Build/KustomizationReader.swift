// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Turns the text of a `kustomization.yaml` into a `Kustomization`, and reports all that is wrong with it.
struct KustomizationReader {
    let problems: ProblemList

    static let version = "kustomize.config.k8s.io/v1beta1"
    static let componentVersion = "kustomize.config.k8s.io/v1alpha1"

    /// Fields that kustomize has and this renderer refuses, each with what to do instead.
    private static let refused: [(name: String, hint: String)] = [
        ("helmCharts", "render the chart and commit the result"),
        ("helmGlobals", "render the chart and commit the result"),
        ("helmChartInflationGenerator", "render the chart and commit the result"),
        ("generators", "plugins are not run"),
        ("transformers", "plugins are not run"),
        ("validators", "plugins are not run"),
        ("configurations", "only the built-in fields are transformed"),
        ("crds", "only the built-in fields are transformed"),
        ("openapi", "only the built-in schema is used"),
        ("vars", "use 'replacements'"),
        ("buildMetadata", "objects are not annotated with their origin"),
    ]

    private static let fields =
        [
            "apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "namePrefix",
            "nameSuffix", "labels", "commonLabels", "commonAnnotations", "patches", "patchesStrategicMerge",
            "patchesJson6902", "images", "imageTags", "replacements", "replicas", "configMapGenerator",
            "secretGenerator", "generatorOptions", "sortOptions",
        ] + refused.map(\.name)

    /// - Returns: `nil` if the file has a problem.
    func read(_ bytes: [UInt8], path: String) -> Kustomization? {
        let problemsBefore = problems.count
        let stream = YAML.parse(bytes, file: path)
        for error in stream.errors { problems.report(KustomizeProblem(error)) }
        guard stream.errors.isEmpty, let first = stream.documents.first else {
            if stream.errors.isEmpty {
                problems.report(KustomizeProblem(.invalid, "the kustomization is empty", path: path))
            }
            return nil
        }
        if stream.documents.count > 1 {
            let place = stream.documents[1].position
            let message = "a kustomization is one document, and here begins another"
            problems.report(KustomizeProblem(.invalid, message, path: path, position: place))
        }
        let document = SourceDocument(path: path, bytes: bytes, index: first.index, start: first.position)
        guard let reader = FieldReader(first.value, document: document, problems: problems, fields: Self.fields) else {
            return nil
        }
        let kustomization = kustomization(reader, first.value)
        return problems.count == problemsBefore ? kustomization : nil
    }

    private func kustomization(_ reader: FieldReader, _ value: JSONValue) -> Kustomization {
        for (name, hint) in Self.refused where reader.has(name) {
            reader.report(.unsupported, "'\(name)' is not supported: \(hint)", at: name)
        }
        let isComponent = checkKind(reader)
        checkMetadata(reader)
        if Self.fields.allSatisfy({ ["apiVersion", "kind"].contains($0) || !reader.has($0) }) {
            problems.report(reader.document.problem(.invalid, "the kustomization is empty", at: []))
        }
        var result = Kustomization(document: reader.document, isComponent: isComponent)
        result.resources = reader.strings("resources") + reader.strings("bases")
        result.components = reader.strings("components")
        result.namespace = reader.string("namespace")
        result.namePrefix = reader.string("namePrefix")
        result.nameSuffix = reader.string("nameSuffix")
        result.labels = labels(reader)
        result.commonLabels = reader.stringMap("commonLabels")
        result.commonAnnotations = reader.stringMap("commonAnnotations")
        result.patchesStrategicMerge = reader.strings("patchesStrategicMerge")
        result.patches = patches(reader, "patches")
        result.patchesJSON = patches(reader, "patchesJson6902")
        result.images = images(reader, "images") + images(reader, "imageTags")
        result.replicas = replicas(reader)
        result.replacements = ReplacementReader(problems: problems).entries(reader)
        let options = generatorOptions(reader, "generatorOptions")
        result.configMaps = generators(reader, "configMapGenerator", options)
        result.secrets = generators(reader, "secretGenerator", options)
        result.sorting = sorting(reader)
        return result
    }

    // MARK: - The head

    /// - Returns: whether this is a component.
    private func checkKind(_ reader: FieldReader) -> Bool {
        let (kind, version) = (reader.string("kind"), reader.string("apiVersion"))
        let isComponent = kind == "Component"
        guard isComponent || kind.isEmpty || kind == "Kustomization" else {
            reader.report(.invalid, "kind must be 'Kustomization' or 'Component', and not '\(kind)'", at: "kind")
            return false
        }
        let wanted = isComponent ? Self.componentVersion : Self.version
        if !version.isEmpty, version != wanted {
            reader.report(.invalid, "apiVersion must be '\(wanted)', and not '\(version)'", at: "apiVersion")
        }
        return isComponent
    }

    private func checkMetadata(_ reader: FieldReader) {
        guard let metadata = reader.object("metadata", fields: ["name", "namespace", "labels", "annotations"]) else {
            return
        }
        _ = (metadata.string("name"), metadata.string("namespace"))
        _ = (metadata.stringMap("labels"), metadata.stringMap("annotations"))
    }

    // MARK: - Entries

    private func labels(_ reader: FieldReader) -> [LabelEntry] {
        reader.objects("labels", fields: ["pairs", "includeSelectors", "includeTemplates", "fields"]).map { entry in
            let fields = entry.objects("fields", fields: ["group", "version", "kind", "path", "create"]).map { field in
                let kind = Kind(
                    group: field.string("group"),
                    version: field.string("version"),
                    kind: field.string("kind")
                )
                let spec = FieldSpec(field.string("path"), kind: kind, create: field.bool("create"))
                if spec.path.count > JSONValue.deepest {
                    field.report(.limit, "the path has too many parts", at: "path")
                }
                return spec
            }
            return LabelEntry(
                tokens: entry.tokens,
                pairs: entry.stringMap("pairs"),
                includesSelectors: entry.bool("includeSelectors"),
                includesTemplates: entry.bool("includeTemplates"),
                fields: fields
            )
        }
    }

    private func images(_ reader: FieldReader, _ key: String) -> [ImageEntry] {
        reader.objects(key, fields: ["name", "newName", "tagSuffix", "newTag", "digest"]).compactMap { entry in
            let name = entry.string("name")
            // Kustomize takes the name for an expression, and puts no brackets around it.
            let pattern = entry.building("name") { () throws(Refusal) in
                try RegularExpression("^" + name + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$")
            }
            guard let pattern else { return nil }
            return ImageEntry(
                tokens: entry.tokens,
                pattern: pattern,
                newName: entry.string("newName"),
                newTag: entry.string("newTag"),
                digest: entry.string("digest"),
                tagSuffix: entry.string("tagSuffix")
            )
        }
    }

    private func replicas(_ reader: FieldReader) -> [ReplicaEntry] {
        reader.objects("replicas", fields: ["name", "count"]).map {
            ReplicaEntry(tokens: $0.tokens, name: $0.string("name"), count: $0.integer("count"))
        }
    }

    private func patches(_ reader: FieldReader, _ key: String) -> [PatchEntry] {
        reader.objects(key, fields: ["path", "patch", "target", "options"]).compactMap { entry in
            let problemsBefore = problems.count
            let target = SelectorReader.selector(entry, "target")
            let options = entry.object("options", fields: ["allowNameChange", "allowKindChange"])
            let patch = PatchEntry(
                tokens: entry.tokens,
                text: entry.string("patch"),
                path: entry.string("path"),
                target: target?.selector,
                targetName: target?.name ?? "",
                allowsNameChange: options?.bool("allowNameChange") ?? false,
                allowsKindChange: options?.bool("allowKindChange") ?? false
            )
            return problems.count == problemsBefore ? patch : nil
        }
    }

    // MARK: - Generators

    private func generatorOptions(_ reader: FieldReader, _ key: String) -> GeneratorOptions? {
        let fields = ["labels", "annotations", "disableNameSuffixHash", "immutable"]
        return reader.object(key, fields: fields).map {
            GeneratorOptions(
                labels: $0.stringMap("labels"),
                annotations: $0.stringMap("annotations"),
                isHashDisabled: $0.bool("disableNameSuffixHash"),
                isImmutable: $0.bool("immutable")
            )
        }
    }

    private func generators(_ reader: FieldReader, _ key: String, _ common: GeneratorOptions?) -> [GeneratorEntry] {
        var fields = ["namespace", "name", "behavior", "literals", "files", "envs", "env", "options"]
        if key == "secretGenerator" { fields.append("type") }
        return reader.objects(key, fields: fields).map { entry in
            var options = generatorOptions(entry, "options") ?? GeneratorOptions()
            if let common { options.fillIn(common) }
            var environments = entry.strings("envs")
            let environment = entry.string("env")
            if !environment.isEmpty {
                environments.append(PlacedText(text: environment, tokens: entry.tokens + ["env"]))
            }
            if entry.string("name").isEmpty { entry.report(.invalid, "a generator needs a name", at: "name") }
            return GeneratorEntry(
                tokens: entry.tokens,
                name: entry.string("name"),
                namespace: entry.string("namespace"),
                type: entry.string("type"),
                behavior: behavior(entry),
                literals: entry.strings("literals"),
                files: entry.strings("files"),
                environments: environments,
                options: options
            )
        }
    }

    private func behavior(_ entry: FieldReader) -> Resource.Behavior {
        let name = entry.string("behavior")
        guard !name.isEmpty else { return .create }
        guard let behavior = Resource.Behavior(rawValue: name) else {
            entry.report(.invalid, "behavior must be 'create', 'merge' or 'replace', and not '\(name)'", at: "behavior")
            return .create
        }
        return behavior
    }

    // MARK: - Sorting

    private func sorting(_ reader: FieldReader) -> SortOrder {
        let standard = SortOrder.legacy(first: SortOrder.first, last: SortOrder.last)
        guard let options = reader.object("sortOptions", fields: ["order", "legacySortOptions"]) else {
            return standard
        }
        let lists = options.object("legacySortOptions", fields: ["orderFirst", "orderLast"])
        switch options.string("order") {
        case "fifo":
            if lists != nil {
                options.report(.invalid, "'legacySortOptions' needs the order 'legacy'", at: "legacySortOptions")
            }
            return .fifo
        case "legacy":
            guard let lists else { return standard }
            return .legacy(first: lists.strings("orderFirst").map(\.text), last: lists.strings("orderLast").map(\.text))
        default:
            options.report(.invalid, "the order must be 'legacy' or 'fifo'", at: "order")
            return standard
        }
    }
}
