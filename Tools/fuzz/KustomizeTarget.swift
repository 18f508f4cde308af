// SPDX-License-Identifier: Apache-2.0

import Kustomize

/// Trees of files, of which the root is built.
enum KustomizeTarget {
    /// Small, so that an input which costs more than these allow is found soon.
    private static let limits = KustomizeLimits(
        depth: 8,
        folders: 50,
        files: 200,
        bytes: 1 << 20,
        objects: 500,
        expansion: 1 << 20,
        problems: 20
    )

    static func run(_ bytes: [UInt8]) {
        let tree = Tree(bytes, firstPath: "kustomization.yaml")
        let build = KustomizeBuild.render(folder: "", source: tree, limits: limits)
        expect(build.problems.isEmpty || build.objects.isEmpty, "half a build is none")
        expect(build.problems.count <= limits.problems, "problems are bounded")
        expect(build.readPaths.isSubset(of: tree.files.keys), "only what is there was read")
        for problem in build.problems {
            expect(!problem.message.isEmpty && !problem.rule.isEmpty, "a problem says what it is")
        }
        for object in build.objects { YAMLTarget.roundTrip(object.value) }
    }
}
