// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import Git
import TestSupport
import Testing
import Transport

/// Fetches from a real Git server over HTTPS: nginx, fcgiwrap and git's own http-backend.
@Suite(.serialized) struct FetchTests {
    private final class Server: Sendable {
        let folder: TemporaryDirectory
        let url: String

        init() async throws {
            try Parts.require("nginx with fcgiwrap", Parts.has("nginx") && Parts.has("fcgiwrap"))
            folder = try TemporaryDirectory()
            let started = try await run(
                Parts.root.appending(path: "scripts/git-server").path,
                ["start", folder.path, String(ProcessInfo.processInfo.processIdentifier)]
            )
            guard started.status == 0 else { throw CommandFailed(errors: started.errors) }
            url = try String(contentsOfFile: folder.path + "/url", encoding: .utf8).trimmingCharacters(in: .newlines)
        }

        deinit {
            _ = try? runBlocking(Parts.root.appending(path: "scripts/git-server").path, ["stop", folder.path])
        }

        var trust: TLSConfiguration {
            TLSConfiguration(
                trust: .pem(Array((try? Data(contentsOf: URL(filePath: folder.path + "/ca.pem"))) ?? Data()))
            )
        }

        /// Runs git in the bare repository's work tree and pushes by path, so that only what is under test uses the network.
        func commit(_ script: String) async throws -> String {
            let result = try await run(
                "bash",
                [
                    "-c",
                    """
                    set -e
                    [ -d repos/m.git ] || git init -q --bare -b main repos/m.git
                    [ -d work ] || git clone -q repos/m.git work 2>/dev/null
                    cd work && git checkout -q -B main && git config user.name Ada && git config user.email a@example.com
                    \(script)
                    git add -A && git commit -qm Change && git push -q -f origin main && git rev-parse HEAD
                    """,
                ],
                directory: folder.url
            )
            guard result.status == 0 else { throw CommandFailed(errors: result.errors) }
            return result.output.trimmingCharacters(in: .newlines)
        }
    }

    private struct CommandFailed: Error {
        let errors: String
    }

    private func fetch(
        _ server: Server,
        _ repository: GitRepository,
        _ reference: GitReference = .branch("main"),
        path: String = "/m.git",
        tls: TLSConfiguration? = nil
    ) async throws -> String {
        try await repository.fetch(
            reference,
            from: GitRemote(url: server.url + path, tls: tls ?? server.trust),
            deadline: .after(.seconds(30))
        ).description
    }

    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func `branches are fetched, again, after a force-push, and read without a work tree`() async throws {
        let server = try await Server()
        let first = try await server.commit(
            "mkdir -p app && for i in $(seq 1 300); do echo \"x: $i\" > app/f$i.yaml; done; ln -s /etc/passwd app/link.yaml"
        )
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        #expect(try await fetch(server, repository) == first)
        #expect(try await fetch(server, repository) == first)

        let id = try #require(ObjectID(first))
        let files = try await repository.reading(id) { try $0.files(under: "app") }
        let listed = try await run(
            "git",
            ["-C", server.folder.path + "/work", "ls-tree", "-r", "--name-only", first, "app"]
        )
        .output
        #expect(files.map(\.path).sorted() == listed.split(separator: "\n").map(String.init).sorted())
        #expect(files.filter { $0.kind == .symbolicLink }.map(\.path) == ["app/link.yaml"])
        try await repository.reading(id) { tree in
            let (file, none, folder, deep) = try (
                tree.bytes("app/f7.yaml"), tree.bytes("app/f0.yaml"), tree.bytes("app"),
                // A path as long as a file may make it.
                tree.bytes(String(repeating: "a/", count: 50_000) + "x")
            )
            #expect(deep == nil)
            #expect(file == Array("x: 7\n".utf8))
            #expect(none == nil && folder == nil)
            #expect(tree.isFolder("app") && tree.isFolder("") && !tree.isFolder("app/f7.yaml") && !tree.isFolder("x"))
            #expect(throws: GitError.self) { try tree.bytes("app/link.yaml") }
        }
        #expect(try await repository.commit(id).object.author.name == "Ada")

        let second = try await server.commit("echo 'x: 0' > app/f1.yaml")
        #expect(try await fetch(server, repository) == second)
        let forced = try await server.commit("git reset -q --hard \(first); echo 'x: -1' > app/f1.yaml")
        #expect(try await fetch(server, repository) == forced)
        #expect(try await fetch(server, repository, .commit(id)) == first)
    }

    @Test func `what goes wrong is said with what to do`() async throws {
        let server = try await Server()
        _ = try await server.commit("echo a > a")
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        let stranger = try await Server()
        #expect(
            await message { _ = try await fetch(server, repository, .branch("none")) }.contains(
                "has no branch 'none': it has main"
            )
        )
        #expect(await message { _ = try await fetch(server, repository, path: "/other.git") }.contains("no repository"))
        let wrongCA = await message { _ = try await fetch(server, repository, tls: stranger.trust) }
        #expect(wrongCA.contains("certificate"), "\(wrongCA)")
        let unknown = try #require(ObjectID("0123456789abcdef0123456789abcdef01234567"))
        #expect(await message { _ = try await fetch(server, repository, .commit(unknown)) }.contains("is on no branch"))
        #expect(await message { _ = try await fetch(server, repository, .branch("a..b")) }.contains("refused"))
        let secret = await message {
            _ = try await repository.fetch(
                .branch("main"),
                from: GitRemote(url: "https://user:hunter2@localhost/x"),
                deadline: .after(.seconds(5))
            )
        }
        #expect(!secret.contains("hunter2"))
    }

    @Test func `a file whose name does not show is reported, and no reason to read nothing`() async throws {
        let server = try await Server()
        let commit = try await server.commit(
            "mkdir -p app && touch app/ok.yaml \"$(printf 'app/a\\342\\200\\215b.yaml')\" \"$(printf 'app/\\377.md')\""
        )
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        #expect(try await fetch(server, repository) == commit)
        let files = try await repository.reading(try #require(ObjectID(commit))) {
            try $0.files(under: "app")
        }
        #expect(files.filter { $0.kind == .file }.map(\.path) == ["app/ok.yaml"])
        #expect(
            Set(files.filter { $0.kind == .unreadableName }.map(\.path)) == ["app/a<U+200D>b.yaml", "app/\u{FFFD}.md"]
        )
    }

    @Test func `many names for one large file do not fill the memory`() async throws {
        let server = try await Server()
        let commit = try await server.commit(
            "mkdir -p app && head -c 1000000 /dev/zero > app/a0.yaml && for i in $(seq 1 50); do cp app/a0.yaml app/a$i.yaml; done"
        )
        var limits = GitLimits()
        limits.totalBytes = 10_000_000
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git", limits: limits)
        #expect(try await fetch(server, repository) == commit)
        let id = try #require(ObjectID(commit))
        let reason = await message {
            try await repository.reading(id) { tree in
                for file in try tree.files(under: "app") { _ = try tree.bytes(file.path) }
            }
        }
        #expect(reason.contains("more than 10000000 bytes together"), "\(reason)")
        #expect(try await repository.reading(id) { try $0.bytes("app/a0.yaml")?.count } == 1_000_000)
    }

    @Test func `what unpacks to more than the memory should hold is refused before it is unpacked`() async throws {
        let server = try await Server()
        let fine = try await server.commit("echo a > a")
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        #expect(try await fetch(server, repository) == fine)
        // Two hundred megabytes of nothing, which deflate to two hundred kilobytes.
        _ = try await server.commit("git config core.bigFileThreshold 1m && head -c 200000000 /dev/zero > zero")
        let error = await #expect(throws: GitError.self) { _ = try await fetch(server, repository) }
        #expect(error?.code == .limitExceeded, "\(String(describing: error))")
        #expect(error?.message.contains("an object of 200000000 bytes or more") == true)
        // What was there before can still be read, and what is mended can be fetched.
        #expect(!repository.isDamaged)
        #expect(try await repository.commit(try #require(ObjectID(fine))).object.author.name == "Ada")
        let mended = try await server.commit("git reset -q --hard \(fine) && echo b > a")
        #expect(try await fetch(server, repository) == mended)
    }

    @Test func `a tenant's URL does not lead back to this host`() async throws {
        let server = try await Server()
        _ = try await server.commit("echo a > a")
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        let reason = await message {
            _ = try await repository.fetch(
                .branch("main"),
                from: GitRemote(url: server.url + "/m.git", tls: server.trust, reach: .beyondThisHost),
                deadline: .after(.seconds(30))
            )
        }
        #expect(reason != "no error" && reason.contains("address"), "\(reason)")
    }

    @Test func `the id of a blob is no commit`() async throws {
        let server = try await Server()
        let commit = try await server.commit("echo a > a")
        let repository = try await GitRepository.open(bare: server.folder.path + "/store/m.git")
        _ = try await fetch(server, repository)
        let files = try await repository.reading(try #require(ObjectID(commit))) { try $0.files(under: "") }
        let reason = await message { _ = try await fetch(server, repository, .commit(files[0].id)) }
        #expect(reason.contains("is on no branch"), "\(reason)")
    }

    @Test func `a server that never answers is given up by deadline and by cancellation`() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = listen(listener, 4)
                _ = getsockname(listener, $0, &length)
            }
        }
        let remote = GitRemote(url: "https://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/x.git")
        let folder = try TemporaryDirectory()
        let repository = try await GitRepository.open(bare: folder.path + "/x.git")
        let late = await #expect(throws: GitError.self) {
            try await repository.fetch(.branch("main"), from: remote, deadline: .after(.milliseconds(200)))
        }
        #expect(late?.code == .timedOut)
        let task = Task {
            try await repository.fetch(.branch("main"), from: remote, deadline: .after(.seconds(60)))
        }
        task.cancel()
        let cancelled = await #expect(throws: (any Error).self) { try await task.value }
        #expect("\(cancelled.map { "\($0)" } ?? "")".lowercased().contains("cancel"))
    }
}
