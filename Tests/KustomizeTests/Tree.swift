// SPDX-License-Identifier: Apache-2.0

import Kustomize

/// Files that a test writes down, or makes up.
struct Tree: Sendable, KustomizeSource, CustomStringConvertible {
    let name: String
    var files: [String: [UInt8]]
    /// The folder that is built.
    var folder = ""

    init(_ name: String, files: [String: [UInt8]], folder: String = "") {
        self.name = name
        self.files = files
        self.folder = folder
    }

    /// - Parameter text: each file behind a line `=== path`; what comes before belongs to `kustomization.yaml`.
    init(_ name: String, folder: String = "", _ text: String) {
        var files: [String: String] = [:]
        var path = "kustomization.yaml"
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("=== ") {
                path = String(line.dropFirst(4))
                files[path] = ""
            } else if files[path] != nil || !line.isEmpty {
                files[path, default: ""] += line + "\n"
            }
        }
        self.init(name, files: files.mapValues { Array($0.utf8) }, folder: folder)
    }

    func bytes(_ path: String) -> [UInt8]? { files[path] }

    func isFolder(_ path: String) -> Bool { files.keys.contains { $0.hasPrefix(path + "/") } }

    func render(_ limits: KustomizeLimits = .standard) -> KustomizeBuild {
        KustomizeBuild.render(folder: folder, source: self, limits: limits)
    }

    /// As `init` reads it.
    var description: String {
        files.sorted { $0.key < $1.key }.map { "=== \($0.key)\n" + String(decoding: $0.value, as: UTF8.self) }.joined()
    }
}
