// SPDX-License-Identifier: Apache-2.0

package import JSON

/// The `patches` of a kustomization, for objects that did not come out of a build.
package struct KustomizePatches: Sendable {
    /// Each object as it is afterwards, in the order in which they came; `nil` for what a patch deletes. As they were if there is a problem.
    package let values: [JSONValue?]
    /// Their paths are empty: a field is all that they name.
    package let problems: [KustomizeProblem]

    /// Applies patches one after the other. Unlike in a kustomization, one that chooses no object is a problem, since it stands apart from what it patches.
    ///
    /// - Parameter patches: a list as in a `kustomization.yaml`; only `target` and `patch` are of use, since no file can be read.
    package static func apply(
        _ patches: JSONValue,
        to objects: [KustomizeObject],
        limits: KustomizeLimits = .standard
    ) -> KustomizePatches {
        let problems = ProblemList(limit: limits.problems)
        let builder = Builder(
            files: FileReader(source: NoFiles(), limits: limits),
            limits: limits,
            problems: problems
        )
        let text: JSONValue = ["patches": patches]
        guard let kustomization = KustomizationReader(problems: problems).read(text.serialized(), path: "") else {
            return KustomizePatches(values: objects.map(\.value), problems: problems.all)
        }
        var list = ResourceList(
            items: objects.enumerated().map { index, object in
                // The document's number leads back to the object, as patches may delete some of them.
                let origin = Resource.Origin(path: object.path, document: index, position: object.position)
                return Resource(value: object.value, origin: origin)
            }
        )
        let transformer = PatchTransformer(kustomization: kustomization, folder: "", builder: builder)
        problems.collecting { () throws(KustomizeProblem) in
            for entry in kustomization.patches { try entry.checkChoosesSome(of: list, kustomization.document) }
            try transformer.applyPatches(to: &list)
        }
        guard problems.isEmpty else {
            return KustomizePatches(values: objects.map(\.value), problems: problems.all)
        }
        var values = [JSONValue?](repeating: nil, count: objects.count)
        for resource in list.items { values[resource.origin.document] = resource.value }
        return KustomizePatches(values: values, problems: [])
    }
}

private struct NoFiles: KustomizeSource {
    func bytes(_ path: String) -> [UInt8]? { nil }
    func isFolder(_ path: String) -> Bool { false }
}

extension PatchEntry {
    fileprivate func checkChoosesSome(of list: ResourceList, _ document: SourceDocument) throws(KustomizeProblem) {
        guard let target else { return }
        guard target.namesObjects || target.labels != nil || target.annotations != nil else {
            throw document.problem(.invalid, "the target names no object: name its kind at least", at: tokens)
        }
        guard list.items.contains(where: { target.selects($0) }) else {
            throw document.problem(.notFound, "the target chooses no object", at: tokens)
        }
    }
}
