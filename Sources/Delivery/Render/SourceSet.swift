// SPDX-License-Identifier: Apache-2.0

package import Change
package import Git
package import Kustomize

/// A file of a config repository, read from its tree.
package struct SourceFile: Sendable, Hashable {
    /// Relative to the repository's root.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Where manifests are read from: a commit's tree, or a folder of this machine.
package protocol SourceTree: KustomizeSource {
    /// All files below a folder, in any order; links and submodules among them, which are not followed.
    func entries(under folder: String) throws -> [SourceEntry]
}

/// A file in a tree.
package struct SourceEntry: Sendable, Hashable {
    /// Relative to the root.
    package let path: String
    package let kind: TreeFile.Kind

    package init(path: String, kind: TreeFile.Kind) {
        self.path = path
        self.kind = kind
    }
}

extension CommitTree: SourceTree {
    package func entries(under folder: String) throws -> [SourceEntry] {
        try files(under: folder).map { SourceEntry(path: $0.path, kind: $0.kind) }
    }
}

/// What a folder of a repository holds: manifests as they are written, and what its kustomizations build.
///
/// A folder with a `kustomization.yaml` stands for what that builds: its other files, and the folders below it, are read only as far as it says. Whatever lies elsewhere
/// below the folder is a manifest.
package struct SourceSet: Sendable {
    package let files: [SourceFile]
    package let builds: [KustomizeBuild]
    /// Links, submodules and files that could not be read.
    package let findings: [Finding]

    package static let extensions: Set<String> = ["yaml", "yml", "json"]

    /// - Parameters:
    ///   - folder: relative to the tree's root; empty for the root.
    ///   - wanted: the files whose objects are asked for; `nil` for all. What is built is built whole where one of them may be part of it.
    /// - Throws: what the tree throws, but for single files that cannot be read.
    package static func gather(
        from tree: some SourceTree,
        under folder: String,
        only wanted: Set<String>? = nil
    ) throws -> SourceSet {
        let root = folder.isEmpty ? "" : folder + "/"
        let all = try tree.entries(under: folder).sorted { $0.path < $1.path }
        let hasRules = all.contains { $0.isFile && $0.path == root + IgnoreRules.fileName }
        let rules = hasRules ? try tree.bytes(root + IgnoreRules.fileName) ?? [] : []
        let ignore = IgnoreRules(String(decoding: rules, as: UTF8.self))
        let entries = all.filter { !ignore.ignores(String($0.path.dropFirst(root.count))) }
        let built = kustomizations(among: entries)
        let plain = entries.filter { !isBelow(built, $0.path) }
        var files: [SourceFile] = []
        var findings: [Finding] = []
        for entry in plain {
            guard entry.isFile else {
                if entry.kind != .symbolicLink || mayLeadToManifests(entry.path) { findings.append(finding(entry)) }
                continue
            }
            guard isManifest(entry.path), wanted?.contains(entry.path) ?? true else { continue }
            do {
                guard let bytes = try tree.bytes(entry.path) else { continue }
                files.append(SourceFile(path: entry.path, bytes: bytes))
            } catch let error as GitError where error.code == .fileTooLarge {
                findings.append(
                    Finding(
                        rule: "file-too-large",
                        message: error.message,
                        location: SourceLocation(path: entry.path)
                    )
                )
            }
        }
        let isBuilt = wanted.map { !$0.isSubset(of: Set(plain.map(\.path))) } ?? true
        return SourceSet(
            files: files,
            builds: (isBuilt ? built : []).sorted().map { KustomizeBuild.render(folder: $0, source: tree) },
            findings: findings
        )
    }

    /// Folders with a kustomization that lie in no other such folder.
    private static func kustomizations(among entries: [SourceEntry]) -> Set<String> {
        let folders = Set(
            entries.filter { $0.isFile && KustomizeBuild.fileNames.contains(name(of: $0.path)) }
                .map { folder(of: $0.path) }
        )
        return folders.filter { $0.isEmpty || !isBelow(folders, $0) }
    }

    /// Whether one of the folders holds a path, at whatever depth.
    private static func isBelow(_ folders: Set<String>, _ path: String) -> Bool {
        var path = path
        while !path.isEmpty {
            path = folder(of: path)
            if folders.contains(path) { return true }
        }
        return false
    }

    private static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func isManifest(_ path: String) -> Bool {
        let name = name(of: path)
        guard let dot = name.lastIndex(of: ".") else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// A folder has no ending, mostly, and what it holds must not go unnoticed.
    private static func mayLeadToManifests(_ link: String) -> Bool {
        isManifest(link) || !name(of: link).contains(".")
    }

    private static func finding(_ entry: SourceEntry) -> Finding {
        let location = SourceLocation(path: entry.path)
        guard entry.kind != .unreadableName else {
            return Finding(
                rule: "unreadable-name",
                message: "its name is not UTF-8, or has characters that do not show: rename it",
                location: location
            )
        }
        return Finding(
            rule: "link-not-followed",
            message:
                "symbolic links and submodules are not followed: commit what it leads to, or name it in \(IgnoreRules.fileName)",
            location: location
        )
    }
}

extension SourceEntry {
    fileprivate var isFile: Bool { kind == .file || kind == .executable }
}
