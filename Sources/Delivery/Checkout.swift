// SPDX-License-Identifier: Apache-2.0

package import Change
package import Git
internal import JSON

/// What a commit holds below an Environment's path, read from its tree without a work tree.
package struct Checkout: Sendable {
    package let revision: Revision
    /// The commit object as Git stores it: evidence for the log.
    package let commitBytes: [UInt8]
    package let files: [SourceFile]
    package let ignore: IgnoreRules
    /// Links and submodules below the path, which are never followed.
    package let findings: [Finding]

    package init(
        revision: Revision,
        commitBytes: [UInt8],
        files: [SourceFile],
        ignore: IgnoreRules,
        findings: [Finding]
    ) {
        self.revision = revision
        self.commitBytes = commitBytes
        self.files = files
        self.ignore = ignore
        self.findings = findings
    }

    /// - Parameter path: relative to the repository's root; empty for the root.
    package static func read(
        _ repository: GitRepository,
        commit id: ObjectID,
        url: String,
        branch: String?,
        path: String
    ) async throws -> Checkout {
        let commit = try await repository.commit(id)
        let revision = Revision(
            repository: url,
            branch: branch,
            commit: id,
            tree: commit.object.tree,
            author: Revision.Person(name: commit.object.author.name, email: commit.object.author.email),
            committer: Revision.Person(name: commit.object.committer.name, email: commit.object.committer.email)
        )
        let entries = try await repository.files(at: id, under: path)
        let root = path.isEmpty ? "" : path + "/"
        let manifests = entries.filter { $0.isFile && Renderer.isManifest(path: $0.path) }
        let ignoreFile = entries.first { $0.isFile && $0.path == root + IgnoreRules.fileName }
        let blobs = try await repository.read((manifests + [ignoreFile].compactMap(\.self)).map(\.id))
        let ignore = ignoreFile == nil ? "" : blobs.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Checkout(
            revision: revision,
            commitBytes: commit.bytes,
            files: zip(manifests, blobs).map { SourceFile(path: $0.path, bytes: $1) },
            ignore: IgnoreRules(ignore),
            findings: entries.filter { !$0.isFile && Renderer.isManifest(path: $0.path) }.map(finding)
                + entries.filter { $0.kind == .unreadableName && !Renderer.isManifest(path: $0.path) }.map(finding)
        )
    }

    private static func finding(_ entry: TreeFile) -> Finding {
        guard entry.kind != .unreadableName else {
            return Finding(
                rule: "unreadable-name",
                message: "its name is not UTF-8, or has characters that do not show: rename it",
                location: SourceLocation(path: entry.path)
            )
        }
        return Finding(
            rule: "link-not-followed",
            message: "symbolic links and submodules are not followed: commit the file itself",
            location: SourceLocation(path: entry.path)
        )
    }
}

extension TreeFile {
    fileprivate var isFile: Bool { kind == .file || kind == .executable }
}
