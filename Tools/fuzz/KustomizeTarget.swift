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
        let tree = Tree(FileSet(bytes, firstPath: "kustomization.yaml"))
        let build = KustomizeBuild.render(folder: "", source: tree, limits: limits)
        expect(build.problems.isEmpty || build.objects.isEmpty, "half a build is none")
        expect(build.problems.count <= limits.problems, "problems are bounded")
        expect(build.readPaths.isSubset(of: tree.files.keys), "only what is there was read")
        for problem in build.problems {
            expect(!problem.message.isEmpty && !problem.rule.isEmpty, "a problem says what it is")
        }
        for object in build.objects { YAMLTarget.roundTrip(object.value) }
    }

    private struct Tree: KustomizeSource {
        let files: [String: [UInt8]]

        init(_ set: FileSet) {
            files = Dictionary(uniqueKeysWithValues: set.files.map { ($0.path, $0.bytes) })
        }

        func bytes(_ path: String) -> [UInt8]? {
            checkInside(path)
            return files[path]
        }

        func isFolder(_ path: String) -> Bool {
            checkInside(path)
            return path.isEmpty || files.keys.contains { $0.hasPrefix(path + "/") }
        }

        private func checkInside(_ path: String) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let isInside = path.isEmpty || parts.allSatisfy { !["", ".", ".."].contains($0) }
            expect(isInside, "nothing outside is asked for: \(path)")
        }
    }
}
