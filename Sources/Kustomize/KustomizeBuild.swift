// SPDX-License-Identifier: Apache-2.0

/// What a kustomization builds, or why it does not.
package struct KustomizeBuild: Sendable {
    /// In the order in which kustomize prints them; empty if there is a problem, since half a build is none.
    package let objects: [KustomizeObject]
    package let problems: [KustomizeProblem]
    /// Every file that was asked for and found: what the result depends on.
    package let readPaths: Set<String>

    /// Builds a folder as `kustomize build` (5.8.1) does. Pure: the same files give the same objects in the same order.
    /// - Parameter folder: relative to the root; empty for the root itself.
    package static func render(
        folder: String,
        source: some KustomizeSource,
        limits: KustomizeLimits = .standard
    ) -> KustomizeBuild {
        let files = FileReader(source: source, limits: limits)
        let problems = ProblemList(limit: limits.problems)
        let builder = Builder(files: files, limits: limits, problems: problems)
        let objects = builder.build(folder)
        return KustomizeBuild(
            objects: problems.isEmpty ? objects : [],
            problems: problems.all,
            readPaths: files.readPaths
        )
    }

    /// The names under which a folder's kustomization is looked for. A folder may have one of them only.
    package static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
}
