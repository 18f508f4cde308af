// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing
import YAML

/// kubectl with kustomize 5, as the oracle of what a kustomization builds.
struct Oracle {
    /// What it printed: objects, or why it refuses.
    enum Answer {
        case objects([JSONValue])
        case refusal(String)
    }

    private let kubectl: String

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        let path = environment["TAFFRAIL_KUSTOMIZE_KUBECTL"] ?? cache + "/taffrail/kubectl/1.36/kubectl"
        try Parts.require("kubectl with kustomize 5", access(path, X_OK) == 0)
        kubectl = path
    }

    /// Builds all trees, in one shell: starting a program costs more than the builds.
    func build(_ trees: [Tree]) async throws -> [Answer] {
        let folder = try TemporaryDirectory()
        var script = "cd '\(folder.path)' || exit 1\n"
        for (index, tree) in trees.enumerated() {
            try write(tree, to: folder.url.appending(path: "\(index)"))
            script +=
                "'\(kubectl)' kustomize '\(index)/\(tree.folder)' >\(index).out 2>\(index).err || echo >\(index).bad\n"
        }
        let result = try await run("/bin/sh", ["-c", script])
        guard result.status == 0 else { throw CannotBuild(reason: result.errors) }
        return try trees.indices.map { try answer($0, in: folder.url) }
    }

    private func write(_ tree: Tree, to root: URL) throws {
        for (path, bytes) in tree.files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(bytes).write(to: file)
        }
    }

    private func answer(_ index: Int, in folder: URL) throws -> Answer {
        guard !FileManager.default.fileExists(atPath: folder.appending(path: "\(index).bad").path) else {
            let errors = try Data(contentsOf: folder.appending(path: "\(index).err"))
            return .refusal(String(decoding: errors, as: UTF8.self))
        }
        let output = try Data(contentsOf: folder.appending(path: "\(index).out"))
        let stream = YAML.parse(Array(output), file: "output")
        guard stream.errors.isEmpty else { throw CannotBuild(reason: "the output is no YAML: \(stream.errors)") }
        return .objects(stream.documents.map(\.value))
    }
}

struct CannotBuild: Error, CustomStringConvertible {
    let reason: String
    var description: String { "kubectl cannot build: \(reason)" }
}
