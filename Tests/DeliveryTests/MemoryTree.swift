// SPDX-License-Identifier: Apache-2.0

import Delivery
import Git
import JSON
import Kustomize

/// A repository's tree, of literals.
struct MemoryTree: SourceTree {
    let files: [String: String]

    init(_ files: [String: String]) {
        self.files = files
    }

    func entries(under folder: String) -> [SourceEntry] {
        files.keys.filter { folder.isEmpty || $0.hasPrefix(folder + "/") }.map { SourceEntry(path: $0, kind: .file) }
    }

    func bytes(_ path: String) -> [UInt8]? { files[path].map { Array($0.utf8) } }

    func isFolder(_ path: String) -> Bool { path.isEmpty || files.keys.contains { $0.hasPrefix(path + "/") } }

    func rendered(
        under folder: String,
        patches: [JSONValue] = [],
        variables: [String: JSONValue] = [:]
    ) -> Rendering {
        let overlay = Overlay(patches: patches, variables: variables)
        guard let sources = try? SourceSet.gather(from: self, under: folder) else {
            return Rendering(objects: [], findings: [], brokenPaths: ["the tree cannot be read"])
        }
        return Renderer(overlay: overlay).render(sources)
    }
}
