// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Builds a kustomization with all that it includes. One builder makes one build.
final class Builder {
    let files: FileReader
    let limits: KustomizeLimits
    let problems: ProblemList

    private var folders = 0
    private var objects = 0
    private var expansion = 0

    init(files: FileReader, limits: KustomizeLimits, problems: ProblemList) {
        self.files = files
        self.limits = limits
        self.problems = problems
    }

    /// A folder that is being built, and those that include it.
    private struct Visit {
        let folder: String
        /// From the outermost.
        let outer: [String]

        func entering(_ folder: String) -> Visit { Visit(folder: folder, outer: outer + [self.folder]) }
    }

    func build(_ folder: String) -> [KustomizeObject] {
        let root = problems.collecting { () throws(KustomizeProblem) in
            do throws(Refusal) {
                return folder.isEmpty ? "" : try RepositoryPath.resolve(folder, in: "")
            } catch {
                throw KustomizeProblem(error.rule, error.message, path: folder)
            }
        }
        guard let root, let kustomization = kustomization(in: root, isComponent: nil, includedBy: nil),
            let resources = resources(of: kustomization, Visit(folder: root, outer: []), into: ResourceList())
        else { return [] }
        let finished = problems.collecting { () throws(KustomizeProblem) in
            try kustomization.document.locating([]) { () throws(Refusal) in try finish(resources, kustomization.sorting)
            }
        }
        return finished ?? []
    }

    /// What is done once, when all folders have been put together.
    private func finish(_ resources: ResourceList, _ sorting: SortOrder) throws(Refusal) -> [KustomizeObject] {
        var list = resources
        for index in list.items.indices { try NameHash.append(to: &list.items[index]) }
        try NameReferenceTransformer.updateReferences(in: &list)
        for resource in list.items { try resource.checkIsNamed() }
        list.items.removeAll(where: \.isLocal)
        try list.checkIdentities()
        return sorting.sorted(list.items).map { resource in
            KustomizeObject(
                value: resource.withoutNotes,
                path: resource.origin.path,
                document: resource.origin.document,
                position: resource.origin.position
            )
        }
    }

    // MARK: - Folders

    /// What includes a folder: the field that is to blame.
    private typealias Including = (document: SourceDocument, tokens: [String])

    /// - Parameter isComponent: `nil` where it does not matter.
    private func kustomization(
        in folder: String,
        isComponent: Bool?,
        includedBy including: Including?
    ) -> Kustomization? {
        problems.collecting { () throws(KustomizeProblem) in
            try findKustomization(in: folder, includedBy: including)
        }.flatMap { $0 }.flatMap { file in
            guard let kustomization = KustomizationReader(problems: problems).read(file.bytes, path: file.path) else {
                return nil
            }
            guard let isComponent, isComponent != kustomization.isComponent else { return kustomization }
            let message =
                isComponent
                ? "a component must have the kind 'Component'"
                : "a component is named under 'components', and not under 'resources'"
            problems.report(kustomization.document.problem(.invalid, message, at: ["kind"]))
            return nil
        }
    }

    private func findKustomization(
        in folder: String,
        includedBy including: Including?
    ) throws(KustomizeProblem) -> (path: String, bytes: [UInt8])? {
        var found: [(path: String, bytes: [UInt8])] = []
        func blame(_ refusal: Refusal) -> KustomizeProblem {
            including.map { $0.document.problem(refusal, at: $0.tokens) }
                ?? KustomizeProblem(refusal.rule, refusal.message, path: folder)
        }
        folders += 1
        guard folders <= limits.folders else {
            throw blame(Refusal(.limit, "the build has more than \(limits.folders) kustomizations"))
        }
        for name in KustomizeBuild.fileNames {
            let path = RepositoryPath.join(folder, name)
            do throws(Refusal) {
                if let bytes = try files.contents(path) { found.append((path, bytes)) }
            } catch {
                throw blame(error)
            }
        }
        guard let first = found.first else {
            let name = folder.isEmpty ? "the root" : "'\(folder)'"
            throw blame(Refusal(.notFound, "there is no kustomization.yaml in \(name)"))
        }
        guard found.count == 1 else {
            let names = found.map { "'\($0.path)'" }.joined(separator: " and ")
            throw blame(.invalid("a folder has one kustomization, and here are \(names)"))
        }
        return first
    }

    // MARK: - Resources

    /// - Returns: `nil` if there is a problem, which is reported.
    private func resources(of kustomization: Kustomization, _ visit: Visit, into list: ResourceList) -> ResourceList? {
        let problemsBefore = problems.count
        var list = list
        for entry in kustomization.resources { add(entry, of: kustomization, visit, to: &list) }
        guard problems.count == problemsBefore else { return nil }
        add(generatorsOf: kustomization, visit, to: &list)
        guard problems.count == problemsBefore else { return nil }
        for entry in kustomization.components {
            guard let result = addComponent(entry, of: kustomization, visit, list) else { return nil }
            list = result
        }
        let transformers = TransformerChain(kustomization: kustomization, folder: visit.folder, builder: self)
        return problems.collecting { () throws(KustomizeProblem) in
            try transformers.transform(&list)
            return list
        }
    }

    private func add(_ entry: PlacedText, of kustomization: Kustomization, _ visit: Visit, to list: inout ResourceList)
    {
        let document = kustomization.document
        let added = problems.collecting { () throws(KustomizeProblem) in
            try document.locating(entry.tokens) { () throws(Refusal) in
                let path = try localPath(entry.text, in: visit.folder)
                guard !files.isFolder(path) else {
                    return folderResources(path, visit, includedBy: (document, entry.tokens))
                }
                let bytes = try contents(path, named: entry.text, in: visit.folder)
                return ManifestReader(problems: problems).resources(bytes, path: path).map { ResourceList(items: $0) }
            }
        }
        guard let resources = added.flatMap({ $0 }) else { return }
        var result = list
        let isAdded: Void? = problems.collecting { () throws(KustomizeProblem) in
            try document.locating(entry.tokens) { () throws(Refusal) in
                try count(resources.items.count)
                try result.append(contentsOf: resources)
            }
        }
        if isAdded != nil { list = result }
    }

    private func folderResources(_ path: String, _ visit: Visit, includedBy including: Including) -> ResourceList? {
        guard let kustomization = enter(path, visit, isComponent: false, includedBy: including) else { return nil }
        return resources(of: kustomization, visit.entering(path), into: ResourceList())
    }

    /// A component goes on with what there is so far.
    private func addComponent(
        _ entry: PlacedText,
        of kustomization: Kustomization,
        _ visit: Visit,
        _ list: ResourceList
    ) -> ResourceList? {
        let including = (kustomization.document, entry.tokens)
        let path = problems.collecting { () throws(KustomizeProblem) in
            try kustomization.document.locating(entry.tokens) { () throws(Refusal) in
                let path = try localPath(entry.text, in: visit.folder)
                guard files.isFolder(path) else { throw Refusal(.notFound, "there is no folder '\(path)'") }
                return path
            }
        }
        guard let path, let component = enter(path, visit, isComponent: true, includedBy: including) else { return nil }
        guard let result = resources(of: component, visit.entering(path), into: list) else { return nil }
        return problems.collecting { () throws(KustomizeProblem) in
            try kustomization.document.locating(entry.tokens) { () throws(Refusal) in try result.checkIdentities() }
            return result
        }
    }

    private func enter(
        _ folder: String,
        _ visit: Visit,
        isComponent: Bool,
        includedBy including: Including
    ) -> Kustomization? {
        let chain = visit.outer + [visit.folder]
        if let ancestor = chain.first(where: { RepositoryPath.contains(folder, $0) }) {
            func name(_ folder: String) -> String { folder.isEmpty ? "/" : folder }
            let road = chain.drop { $0 != ancestor }.map(name) + [name(folder)]
            let message = "this includes a folder that includes it: " + road.joined(separator: " → ")
            problems.report(including.document.problem(.cycle, message, at: including.tokens))
            return nil
        }
        guard chain.count < limits.depth else {
            let message = "folders include each other more than \(limits.depth) deep"
            problems.report(including.document.problem(.limit, message, at: including.tokens))
            return nil
        }
        return kustomization(in: folder, isComponent: isComponent, includedBy: including)
    }

    private func add(generatorsOf kustomization: Kustomization, _ visit: Visit, to list: inout ResourceList) {
        let entries =
            kustomization.configMaps.map { (Generator.Product.configMap, $0) }
            + kustomization.secrets.map { (Generator.Product.secret, $0) }
        let document = kustomization.document
        let generator = Generator(document: document, entries: entries.count) { [self] (path) throws(Refusal) in
            try contents(try localPath(path, in: visit.folder), named: path, in: visit.folder)
        }
        for (product, entry) in entries {
            var result = list
            let isDone: Void? = problems.collecting { () throws(KustomizeProblem) in
                let resource = try generator.make(product, entry)
                try kustomization.document.locating(entry.tokens) { () throws(Refusal) in
                    try count(1)
                    try expand(by: list.items.count)
                    try result.absorb(resource)
                }
            }
            if isDone != nil { list = result }
        }
    }

    // MARK: - Files and limits

    private func localPath(_ text: String, in folder: String) throws(Refusal) -> String {
        guard !RepositoryPath.isRemote(text) else {
            throw Refusal(.unsupported, "'\(text)' is an address: nothing is fetched, so copy it into the repository")
        }
        return try RepositoryPath.resolve(text, in: folder)
    }

    /// The content of a file, which must be in the folder or below it.
    private func contents(_ path: String, named name: String, in folder: String) throws(Refusal) -> [UInt8] {
        guard RepositoryPath.contains(folder, path) else {
            throw Refusal(.outside, "'\(name)' is not in the folder of this kustomization or below it")
        }
        guard let bytes = try files.contents(path) else {
            throw Refusal(.notFound, "there is no file or folder '\(path)'")
        }
        return bytes
    }

    /// The content of a file that a field of a kustomization names.
    func contents(named name: String, in folder: String) throws(Refusal) -> (path: String, bytes: [UInt8]) {
        let path = try localPath(name, in: folder)
        return (path, try contents(path, named: name, in: folder))
    }

    /// Takes from the limit on what is added to objects.
    func expand(by weight: Int) throws(Refusal) {
        expansion += max(0, weight)
        guard expansion <= limits.expansion else {
            throw Refusal(.limit, "patches and replacements add more than \(limits.expansion) values and bytes")
        }
    }

    private func count(_ more: Int) throws(Refusal) {
        objects += more
        guard objects <= limits.objects else {
            throw Refusal(.limit, "the build has more than \(limits.objects) objects")
        }
    }
}

extension Resource {
    /// Whether an annotation says that the object is for tools only.
    fileprivate var isLocal: Bool {
        annotations["config.kubernetes.io/local-config"].map { $0 != "false" } ?? false
    }

    /// Patches may have taken away what every object needs.
    fileprivate func checkIsNamed() throws(Refusal) {
        let kind = kind.kind
        guard kind.isEmpty || (name.isEmpty && !kind.hasSuffix("List")) else { return }
        let missing = kind.isEmpty ? "kind" : "metadata.name"
        throw .invalid("the object from \(origin.description) has no \(missing) left")
    }
}
