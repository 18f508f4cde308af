// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization

/// What a program printed, and how it ended.
package struct ProgramResult: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
}

/// Lets a test go on only after a command that succeeded.
package func check(_ result: ProgramResult) throws {
    guard result.status != 0 else { return }
    throw CommandFailed(words: result.output + result.errors)
}

/// A command that a test needs has failed.
package struct CommandFailed: Error, CustomStringConvertible {
    let words: String
    package var description: String { "a command failed: \(words)" }
}

/// Runs a program to its end, on a thread of its own: those that tasks run on are few, and whoever waits there keeps others from running.
package func run(
    _ program: String,
    _ arguments: [String],
    input: String = "",
    environment: [String: String] = [:],
    directory: URL? = nil
) async throws -> ProgramResult {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(
                with: Result {
                    try runBlocking(
                        program,
                        arguments,
                        input: input,
                        environment: environment,
                        directory: directory
                    )
                }
            )
        }
    }
}

/// Runs a program to its end on the calling thread: for where nobody can wait otherwise.
package func runBlocking(
    _ program: String,
    _ arguments: [String],
    input: String = "",
    environment: [String: String] = [:],
    directory: URL? = nil
) throws -> ProgramResult {
    let folder = try TemporaryDirectory()
    let (output, errors, source) = (
        folder.url.appending(path: "out"), folder.url.appending(path: "err"), folder.url.appending(path: "in")
    )
    try Data(input.utf8).write(to: source)
    for file in [output, errors] { try Data().write(to: file) }
    let arguments = directory.map { ["-C", $0.path, Parts.path(of: program) ?? program] + arguments } ?? arguments
    let status = try spawn(
        directory == nil ? Parts.path(of: program) ?? program : "/usr/bin/env",
        arguments,
        environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
        files: [source.path, output.path, errors.path]
    )
    return ProgramResult(
        status: status,
        output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    )
}

/// Starts a program and waits for it alone. Foundation's `Process` also waits for whatever the program leaves running.
private func spawn(
    _ program: String,
    _ arguments: [String],
    environment: [String: String],
    files: [String]
) throws -> Int32 {
    let pid = try start(program, arguments, environment: environment, files: files)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    // The low seven bits hold the signal, the next byte the exit status.
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}

/// - Parameter files: for standard input, output and error.
private func start(
    _ program: String,
    _ arguments: [String],
    environment: [String: String],
    files: [String]
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, file) in files.enumerated() {
        posix_spawn_file_actions_addopen(&actions, Int32(descriptor), file, descriptor == 0 ? O_RDONLY : O_WRONLY, 0)
    }
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, program, &actions, nil, &words, &variables)
    guard code == 0 else { throw CannotRun(program: program, reason: String(cString: strerror(code))) }
    return pid
}

/// A program that runs beside the test, and does not outlive it.
package final class BackgroundProgram: Sendable {
    private let pid: pid_t
    private let hasEnded = Mutex(false)

    /// - Parameter errors: the file that its standard error is written to.
    package init(_ program: String, _ arguments: [String], errors: String) throws {
        try Data().write(to: URL(filePath: errors))
        pid = try start(
            program,
            arguments,
            environment: ProcessInfo.processInfo.environment,
            files: ["/dev/null", "/dev/null", errors]
        )
    }

    deinit { end(SIGKILL) }

    package var isRunning: Bool {
        hasEnded.withLock { hasEnded in
            if !hasEnded { hasEnded = waitpid(pid, nil, WNOHANG) == pid }
            return !hasEnded
        }
    }

    /// Sends a signal, and waits for the end.
    package func end(_ signal: Int32) {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return }
            kill(pid, signal)
            while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
            hasEnded = true
        }
    }
}

/// A program could not be started.
package struct CannotRun: Error, CustomStringConvertible {
    let program: String
    let reason: String
    package var description: String { "cannot run \(program): \(reason)" }
}

/// A folder that goes when the last reference to it does.
package final class TemporaryDirectory: Sendable {
    package let url: URL
    package var path: String { url.path }

    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "taffrail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}

/// Looks again and again until something holds, for at most `timeout`: long, since a busy machine is no failure.
package func eventually(
    _ what: String,
    timeout: Duration = .seconds(120),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + timeout
    while try await !condition() {
        guard .now < end else { throw NeverHappened(what: what) }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// A condition did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    private let what: String

    package init(what: String) {
        self.what = what
    }

    package var description: String { "\(what) did not happen in time" }
}
