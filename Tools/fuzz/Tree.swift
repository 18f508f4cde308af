// SPDX-License-Identifier: Apache-2.0

import Delivery
import Git
import Kustomize

/// An input as a tree of files, which notices when something outside of it is asked for.
struct Tree: SourceTree {
    let files: [String: [UInt8]]

    /// - Parameter firstPath: of what comes before the first line `=== path`.
    init(_ input: [UInt8], firstPath: String) {
        files = Dictionary(uniqueKeysWithValues: FileSet(input, firstPath: firstPath).files.map { ($0.path, $0.bytes) })
    }

    func entries(under folder: String) -> [SourceEntry] {
        files.keys.filter(Self.isInside).map { SourceEntry(path: $0, kind: .file) }
    }

    func bytes(_ path: String) -> [UInt8]? {
        expect(Self.isInside(path), "nothing outside is asked for: \(path)")
        return files[path]
    }

    func isFolder(_ path: String) -> Bool {
        expect(path.isEmpty || Self.isInside(path), "nothing outside is asked for: \(path)")
        return path.isEmpty || files.keys.contains { $0.hasPrefix(path + "/") }
    }

    private static func isInside(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
    }
}
