// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A program that was started, whose end is waited for exactly once: when it goes out of scope, it has ended.
struct ChildProcess: ~Copyable {
    /// How it ended.
    enum Ending: Sendable, Hashable {
        case status(Int32)
        case signal(Int32)
    }

    /// What becomes the program's standard streams; `nil` for nothing to read.
    struct Streams {
        let input: Int32?
        let output: Int32
        let errors: Int32
    }

    private let pid: pid_t
    private let leadsGroup: Bool
    private var ending: Ending?

    /// Starts a program, without a shell and without any descriptor of ours but its standard streams.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - leadsGroup: it and what it starts can then be ended together; but it cannot ask on a terminal.
    /// - Throws: `errno`, as a number.
    init(
        _ path: String,
        arguments: [String],
        environment: [String: String],
        streams: Streams,
        leadsGroup: Bool
    ) throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        Self.connect(streams, &actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.resetSignals(&attributes, leadsGroup: leadsGroup)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw SystemError(number: code) }
        self.pid = pid
        self.leadsGroup = leadsGroup
        ending = nil
    }

    deinit {
        guard ending == nil else { return }
        kill(leadsGroup ? -pid : pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }

    /// How it ended, if it has.
    mutating func poll() -> Ending? {
        guard ending == nil else { return ending }
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == pid {
            // The low seven bits hold the signal, the next byte the exit status.
            ending = status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
        } else if result < 0 && errno == ECHILD {
            // Somebody has this process's children reaped by the system: it has ended, well or not.
            ending = .status(0)
        }
        return ending
    }

    /// Asks it to end.
    func terminate() {
        kill(leadsGroup ? -pid : pid, SIGTERM)
    }

    private static func connect(_ streams: Streams, _ actions: inout posix_spawn_file_actions_t) {
        if let input = streams.input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, streams.output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, streams.errors, STDERR_FILENO)
        // Ours are closed on exec by themselves; a library may have opened others.
        for descriptor in 3..<Int32(1024) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 && flags & FD_CLOEXEC == 0 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
    }

    /// What we ignore or hold back, such as SIGPIPE, the program must not.
    private static func resetSignals(_ attributes: inout posix_spawnattr_t, leadsGroup: Bool) {
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if leadsGroup { flags |= Int32(POSIX_SPAWN_SETPGROUP) }
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }
}

/// A call of the system that failed.
struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `errno`
    let number: Int32
    var description: String { String(cString: strerror(number)) }
}
