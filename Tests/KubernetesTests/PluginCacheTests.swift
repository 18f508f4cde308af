// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Kubernetes

/// How often a credential plugin is run, and who gets what it said.
@Suite struct PluginCacheTests {
    private let quiet = open("/dev/null", O_RDWR | O_CLOEXEC)
    private var streams: PluginStreams { PluginStreams(input: quiet, errors: quiet) }
    private var soon: Deadline { .after(.seconds(120)) }

    /// Prints the number of its run as the token.
    private func countingScript(_ more: String = "", before: String = "") throws -> PluginScript {
        try PluginScript(
            """
            number=$(wc -l < runs)
            \(before)
            echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$number\\"\(more)}}"
            """
        )
    }

    @Test func `a credential is used until it expires`() async throws {
        let script = try countingScript(#",\"expirationTimestamp\":\"2026-11-24T12:00:00Z\""#)
        let now = Locked(try #require(Timestamp("2026-11-24T11:59:59Z")))
        let authenticator = PluginAuthenticator(
            script.plugin(),
            streams: streams,
            clock: WallClock { now.withLock(\.self) }
        )
        for _ in 0..<3 { #expect(try await authenticator.credential(deadline: soon) == .token("1")) }
        now.withLock { $0 = Timestamp(seconds: $0.seconds + 1) }
        #expect(try await authenticator.credential(deadline: soon) == .token("2"))
        #expect(script.runs == 2)
    }

    @Test func `a credential without an expiry is used until a server does not take it`() async throws {
        let script = try countingScript()
        let authenticator = PluginAuthenticator(script.plugin(), streams: streams)
        let first = try await authenticator.credential(deadline: soon)
        authenticator.forget(first)
        let second = try await authenticator.credential(deadline: soon)
        #expect(second == .token("2"))
        // Another request was told of the first one only now.
        authenticator.forget(first)
        #expect(try await authenticator.credential(deadline: soon) == second)
        #expect(script.runs == 2)
    }

    @Test(arguments: ["", "exit 1"])
    func `those who wait at the same time share one run, good or bad`(ending: String) async throws {
        let script = try countingScript(before: "read line < fifo; \(ending)")
        #expect(mkfifo(script.files.path + "/fifo", 0o600) == 0)
        let authenticator = PluginAuthenticator(script.plugin(), streams: streams)
        let arrived = Locked(0)
        let results = try await withThrowingTaskGroup(of: Result<Credential, any Error>.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    arrived.withLock { $0 += 1 }
                    do { return .success(try await authenticator.credential(deadline: soon)) } catch {
                        return .failure(error)
                    }
                }
            }
            try await eventually("all of them") { arrived.withLock(\.self) == 20 && script.runs == 1 }
            // The last one may not have got in line yet; it then finds the result, or the failure is run once more.
            let release = Task.detached {
                let fifo = open(script.files.path + "/fifo", O_RDWR)
                _ = write(fifo, "\n\n\n\n", 4)
                return fifo
            }
            var results: [Result<Credential, any Error>] = []
            for try await result in group { results.append(result) }
            close(await release.value)
            return results
        }
        for result in results {
            switch result {
            case .success(let credential): #expect(ending.isEmpty && credential == .token("1"))
            case .failure(let error): #expect(!ending.isEmpty && "\(error)".contains("exit status 1"))
            }
        }
        #expect(ending.isEmpty ? script.runs == 1 : script.runs <= 4)
    }

    @Test func `when the one at work is called away, another one of those who wait takes over`() async throws {
        let runs = SharedRun<Int>()
        let attempts = Locked(0)
        let mayAnswer = Locked(false)
        let work: @Sendable () async throws -> Int = {
            attempts.withLock { $0 += 1 }
            try await eventually("the answer") { mayAnswer.withLock(\.self) }
            return 7
        }
        let leader = Task { try await runs.value(work) }
        try await eventually("the leader") { attempts.withLock(\.self) == 1 }
        let followers = (0..<5).map { _ in Task { try await runs.value(work) } }
        let leaving = Task { try await runs.value(work) }
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        leader.cancel()
        await #expect(throws: CancellationError.self) { try await leader.value }
        try await eventually("a second attempt") { attempts.withLock(\.self) >= 2 }
        mayAnswer.withLock { $0 = true }
        for follower in followers { #expect(try await follower.value == 7) }
    }

    @Test func `a token file is read again, and goes before the token beside it`() throws {
        let folder = try KubeconfigFolder(["t": "one\n"])
        let file = TokenFile(folder.path + "/t", otherwise: "beside")
        #expect(try file.token() == "one")
        try folder.write("t", "two")
        #expect(try file.token() == "one")
        file.forget()
        #expect(try file.token() == "two")
        for text in ["", nil] as [String?] {
            if let text {
                try folder.write("t", text)
            } else {
                try FileManager.default.removeItem(atPath: folder.path + "/t")
            }
            file.forget()
            #expect(try file.token() == "two")
        }
        #expect(try TokenFile("/nowhere", otherwise: "beside").token() == "beside")
        #expect(throws: KubernetesError.self) { try TokenFile("/nowhere", otherwise: nil).token() }
    }

    @Test func `a token file is read again after a minute, and not before`() throws {
        let folder = try KubeconfigFolder(["t": "one"])
        let (start, late) = (ContinuousClock.now, Locked(Duration.zero))
        let file = TokenFile(folder.path + "/t", otherwise: nil) { start + late.withLock(\.self) }
        for (seconds, text, token) in [
            (0, "one", "one"), (59, "two", "one"), (61, "two", "two"), (120, "three", "two"), (122, "three", "three"),
        ] {
            late.withLock { $0 = .seconds(seconds) }
            try folder.write("t", text)
            #expect(try file.token() == token, "after \(seconds) seconds")
        }
    }
}
