// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import Git
import TestSupport
import Testing

/// Stores of fetched repositories that a disk, a crash or a person damaged.
@Suite struct DamageTests {
    private let folder: TemporaryDirectory
    private var store: String { folder.path + "/store.git" }

    init() async throws {
        folder = try TemporaryDirectory()
        try await bash(
            """
            git init -q -b main origin && cd origin && git config user.name Ada && git config user.email a@example.com
            mkdir app && for i in $(seq 1 50); do seq $i 2000 > app/f$i.yaml; done && git add -A && git commit -qm First
            """
        )
    }

    private func bash(_ script: String) async throws {
        let result = try await run("bash", ["-c", "set -e\n" + script], directory: folder.url)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Fetches and reads everything, as whoever renders a commit does.
    private func readAll(
        _ reference: GitReference = .branch("main")
    ) async throws -> (repository: GitRepository, bytes: Int) {
        let repository = try await GitRepository.open(bare: store)
        let commit = try await repository.fetch(
            reference,
            from: GitRemote(url: "file://\(folder.path)/origin", allowsFileURLs: true),
            deadline: .after(.seconds(60))
        )
        _ = try await repository.commit(commit)
        let bytes = try await repository.reading(commit) { tree in
            try tree.files(under: "app").map { try tree.bytes($0.path)?.count ?? 0 }.reduce(0, +)
        }
        return (repository, bytes)
    }

    @Test(arguments: [
        ("HEAD is empty", ": > HEAD"),
        ("HEAD is nonsense", "echo nonsense > HEAD"),
        ("HEAD is gone", "rm HEAD"),
        ("the configuration is nonsense", "printf '[core\\n' > config"),
        ("the configuration is gone", "rm config"),
        ("the objects are gone", "rm -rf objects"),
        ("the pack is gone", "rm objects/pack/*.pack"),
        ("the pack is empty", "chmod u+w objects/pack/* && : > $(ls objects/pack/*.pack)"),
        ("the pack is cut", "chmod u+w objects/pack/* && truncate -s 2000 objects/pack/*.pack"),
        ("the index is gone", "rm objects/pack/*.idx"),
        ("the index is empty", "chmod u+w objects/pack/* && : > $(ls objects/pack/*.idx)"),
        ("the index is cut", "chmod u+w objects/pack/* && truncate -s 1500 objects/pack/*.idx"),
        (
            "a bit of the pack is flipped",
            "chmod u+w objects/pack/* && printf X | dd of=$(ls objects/pack/*.pack) bs=1 seek=9000 conv=notrunc status=none"
        ),
        ("a reference is empty", ": > refs/taffrail/main"),
        ("a reference is nonsense", "echo nonsense > refs/taffrail/main"),
        ("a reference leads nowhere", "echo 0123456789abcdef0123456789abcdef01234567 > refs/taffrail/main"),
        ("the packed references are nonsense", "echo nonsense > packed-refs"),
    ])
    func `a damaged store is made anew when it is opened next`(what: String, script: String) async throws {
        let whole = try await readAll()
        #expect(!whole.repository.wasMadeAnew && whole.bytes > 0)
        try await bash("cd store.git\n" + script)
        // What has to be downloaded meets the damage, too.
        try await bash("cd origin && echo x >> app/f1.yaml && git commit -qam Second")
        do {
            #expect(try await readAll().bytes == whole.bytes + 2, "\(what)")
        } catch let error as GitError {
            #expect(error.code == .damaged && whole.repository.isDamaged, "\(what): \(error)")
            let again = try await readAll()
            #expect(again.bytes == whole.bytes + 2 && again.repository.wasMadeAnew, "\(what)")
            #expect(!again.repository.isDamaged, "\(what)")
        }
    }

    @Test(arguments: ["branch", "commit"])
    func `references that outlived their objects do not keep a store empty`(what: String) async throws {
        let tip = try await run("git", ["rev-parse", "main"], directory: folder.url.appending(path: "origin")).output
        let id = try #require(ObjectID(tip.trimmingCharacters(in: .newlines)))
        let reference = what == "branch" ? GitReference.branch("main") : .commit(id)
        _ = try await readAll()
        try await bash("rm store.git/objects/pack/*")
        let error = await #expect(throws: GitError.self) { _ = try await readAll(reference) }
        #expect(error?.code == .damaged)
        #expect(try await readAll(reference).repository.wasMadeAnew)
    }

    @Test func `a store that somebody fetches into is not taken from under him`() async throws {
        _ = try await readAll()
        try await bash("touch store.git/taffrail.damaged")
        let descriptor = open(store + "/taffrail.lock", O_RDWR)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_SH) == 0)
        let error = await #expect(throws: GitError.self) { _ = try await GitRepository.open(bare: store) }
        #expect(error?.message.contains("in use by another process") == true)
        #expect(flock(descriptor, LOCK_UN) == 0)
        #expect(try await readAll().repository.wasMadeAnew)
    }

    // MARK: - Stores that nobody needs

    @Test func `stores that nobody keeps are removed, and nothing else`() async throws {
        try await bash(
            """
            mkdir -p stores/a.git/objects stores/b.git/deep/er stores/other && touch stores/d.git stores/b.git/deep/file stores/other/file
            ln -s ../stores/other stores/c.git && ln -s ../../other stores/b.git/link
            touch -h -d '-3 days' stores/*.git && touch -d '-1 hour' stores/e.git && mkdir stores/f.git
            """
        )
        GitRepository.remove(in: folder.path + "/stores", except: ["a"], unusedFor: .seconds(24 * 3_600))
        let left = try await run("bash", ["-c", "find stores | sort | xargs"], directory: folder.url).output
        let expected =
            "stores stores/a.git stores/a.git/objects stores/c.git stores/d.git stores/e.git stores/f.git stores/other stores/other/file"
        #expect(left == expected + "\n")
    }

    @Test func `a store that was not opened for long is removed, and one that was is not`() async throws {
        for name in ["old", "new"] { _ = try await GitRepository.open(bare: folder.path + "/stores/\(name).git") }
        try await bash("touch -d '-31 days' stores/old.git stores/new.git")
        _ = try await GitRepository.open(bare: folder.path + "/stores/new.git")
        GitRepository.remove(in: folder.path + "/stores", unusedFor: .seconds(30 * 24 * 3_600))
        try await bash("! test -e stores/old.git && test -d stores/new.git")
    }
}
