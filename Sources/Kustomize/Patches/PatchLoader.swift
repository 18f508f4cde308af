// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Reads patches, which stand in a kustomization or in files, and finds out of which of the two forms they are.
struct PatchLoader {
    enum Patch {
        /// Objects that hold what is to change.
        case strategicMerge([Resource])
        case operations(JSONPatch)
    }

    /// Where a patch stands.
    enum Place {
        case file(String)
        /// In the kustomization, which is told all that is wrong.
        case field(SourceDocument, [String])
    }

    let problems: ProblemList

    /// - Returns: `nil` if the patch has a problem, which is reported.
    func load(_ bytes: [UInt8], at place: Place) -> Patch? {
        let found = ProblemList(limit: 10)
        if let resources = ManifestReader(problems: found).resources(bytes, path: place.path) {
            return checked(resources, at: place).map(Patch.strategicMerge)
        }
        guard let document = YAML.parse(bytes, file: place.path).documents.first, document.value.arrayValue != nil
        else {
            for problem in found.all { report(problem, at: place) }
            return nil
        }
        do throws(JSONError) {
            // What begins like JSON must be JSON.
            let value = bytes.first == UInt8(ascii: "[") ? try JSONValue(parsing: bytes) : document.value
            return .operations(try JSONPatch(value))
        } catch {
            report(KustomizeProblem(.invalid, error.message, path: place.path, position: document.position), at: place)
            return nil
        }
    }

    /// The objects of a strategic merge patch alone.
    func loadStrategicMerge(_ bytes: [UInt8], at place: Place) -> [Resource]? {
        let found = ProblemList(limit: 10)
        guard let resources = ManifestReader(problems: found).resources(bytes, path: place.path) else {
            for problem in found.all { report(problem, at: place) }
            return nil
        }
        return checked(resources, at: place)
    }

    /// Whether a text is a strategic merge patch, and no path to one.
    func isStrategicMerge(_ text: String) -> Bool {
        ManifestReader(problems: ProblemList(limit: 1)).resources(Array(text.utf8), path: "") != nil
    }

    private func checked(_ resources: [Resource], at place: Place) -> [Resource]? {
        for resource in resources {
            guard let tokens = MergeDirective.firstUnsupported(in: resource.value), let name = tokens.last else {
                continue
            }
            let message = "kustomize does not know '\(name)' and would leave it in the object: use a JSON patch"
            let position = resource.origin.position
            report(
                KustomizeProblem(.unsupported, message, path: place.path, position: position, field: tokens),
                at: place
            )
            return nil
        }
        return resources
    }

    private func report(_ problem: KustomizeProblem, at place: Place) {
        switch place {
        case .file: problems.report(problem)
        case .field(let document, let tokens):
            let line = problem.line.map { " in line \($0) of it" } ?? ""
            let rule = KustomizeProblem.Rule(rawValue: problem.rule) ?? .invalid
            problems.report(document.problem(rule, "the patch is wrong\(line): \(problem.message)", at: tokens))
        }
    }
}

extension PatchLoader.Place {
    fileprivate var path: String {
        switch self {
        case .file(let path): path
        case .field(let document, _): document.path
        }
    }
}
