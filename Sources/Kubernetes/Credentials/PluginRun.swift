// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// One run of a credential plugin, from its start to its end. Blocks the calling thread.
struct PluginRun: Sendable {
    /// The longest answer, in bytes: a token and a certificate take a few thousand.
    private static let outputLimit = 1 << 20
    /// How often it is looked whether the plugin has ended or is to end, in milliseconds.
    private static let tick: Int32 = 20
    /// How often the start is tried while the program is being written, a tick apart.
    private static let attempts = 25
    /// How long a plugin that was asked to end may take for it.
    private static let grace = Duration.milliseconds(500)

    let plugin: ExecPlugin
    /// The value of `KUBERNETES_EXEC_INFO`.
    let request: String
    let streams: PluginStreams
    let isInteractive: Bool

    /// What the plugin printed on its standard output.
    ///
    /// - Parameter isCancelled: asked again and again; when it says yes, the plugin is ended.
    /// - Throws: `KubernetesError.credentials` if it cannot be started, fails or prints too much; `CancellationError`.
    func output(_ isCancelled: () -> Bool) throws -> [UInt8] {
        let path = try programPath()
        var pipe = try Pipe()
        var child = try start(path, output: pipe.writeEnd)
        pipe.closeWriteEnd()
        var output: [UInt8] = []
        while true {
            // In this order: what it printed before it ended is in the pipe when its end is seen.
            let ending = child.poll()
            let isAtEnd = pipe.read(into: &output, limit: Self.outputLimit)
            guard output.count <= Self.outputLimit else {
                end(&child)
                throw plugin.error("printed more than \(Self.outputLimit) bytes, and was ended")
            }
            if let ending {
                try check(ending)
                return output
            }
            guard !isCancelled() else {
                end(&child)
                throw CancellationError()
            }
            pipe.wait(isAtEnd ? nil : pipe.readEnd, milliseconds: Self.tick)
        }
    }

    private func start(_ path: String, output: Int32) throws(KubernetesError) -> ChildProcess {
        for attempt in 1...Self.attempts {
            do {
                return try launch(path, output: output)
            } catch  where error.number == ETXTBSY && attempt < Self.attempts {
                // Somebody has the program open for writing: an update that is about to end.
                poll(nil, 0, Self.tick)
            } catch {
                throw plugin.error("cannot be started: \(error)\(hint)")
            }
        }
        throw plugin.error("cannot be started")
    }

    private func launch(_ path: String, output: Int32) throws(SystemError) -> ChildProcess {
        var environment = plugin.environment
        environment["KUBERNETES_EXEC_INFO"] = request
        return try ChildProcess(
            path,
            arguments: plugin.arguments,
            environment: environment,
            streams: ChildProcess.Streams(
                input: isInteractive ? streams.input : nil,
                output: output,
                errors: streams.errors
            ),
            // On a terminal it stays with us, so that it can ask and that Ctrl-C ends both of us.
            leadsGroup: !streams.isTerminal
        )
    }

    private func check(_ ending: ChildProcess.Ending) throws(KubernetesError) {
        switch ending {
        case .status(0): return
        case .status(let status):
            throw plugin.error("failed with exit status \(status); what it wrote on standard error says why\(hint)")
        case .signal(let signal):
            throw plugin.error("was ended by signal \(signal)")
        }
    }

    private func end(_ child: inout ChildProcess) {
        child.terminate()
        let deadline = Deadline.after(Self.grace)
        while child.poll() == nil && !deadline.isPast { poll(nil, 0, Self.tick) }
    }

    /// Where the program is: as the shell would find it, but never in the working directory.
    private func programPath() throws(KubernetesError) -> String {
        guard !plugin.command.contains("/") else {
            guard access(plugin.command, F_OK) == 0 else { throw plugin.error("is not there\(hint)") }
            return plugin.command
        }
        let folders = (plugin.environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        for folder in folders {
            let path = "\(folder)/\(plugin.command)"
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
                continue
            }
            return path
        }
        throw plugin.error("is in no folder of $PATH: install it\(hint)")
    }

    /// What the kubeconfig's author says about how to get it, in a paragraph of its own.
    private var hint: String {
        let text = String(
            String.UnicodeScalarView(
                plugin.installHint.unicodeScalars.prefix(4_096).filter {
                    $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n"
                }
            )
        )
        return text.isEmpty ? "" : "\n\n\(text)"
    }
}

/// The pipe that a program's output comes through.
private struct Pipe: ~Copyable {
    let readEnd: Int32
    let writeEnd: Int32
    private var isWriteEndOpen = true

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(number: errno) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(readEnd)
        if isWriteEndOpen { close(writeEnd) }
    }

    /// Or the end of what the program writes would never be seen.
    mutating func closeWriteEnd() {
        close(writeEnd)
        isWriteEndOpen = false
    }

    /// Takes what is there, up to a little more than the limit.
    ///
    /// - Returns: whether nothing more will come.
    func read(into bytes: inout [UInt8], limit: Int) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= limit {
            let count = systemRead(readEnd, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 || errno != EAGAIN }
            bytes += chunk[..<count]
        }
        return false
    }

    /// Waits until the descriptor can be read, and for no longer than that.
    func wait(_ descriptor: Int32?, milliseconds: Int32) {
        guard let descriptor else {
            poll(nil, 0, milliseconds)
            return
        }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, milliseconds)
    }
}

/// The system's call, whose name the member above hides.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}
