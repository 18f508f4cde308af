// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// What is made of what a credential plugin prints, and how it is run.
@Suite struct PluginTests {
    private static let token = #"{"token":"t"}"#
    private var soon: Deadline { .after(.seconds(120)) }

    private func credential(_ plugin: ExecPlugin, deadline: Deadline? = nil) async throws -> Credential {
        let quiet = QuietStreams()
        return try await PluginAuthenticator(plugin, streams: quiet.streams).credential(deadline: deadline ?? soon)
    }

    // MARK: - Answers

    @Test func `tokens and client certificates are taken, as JSON and as YAML`() async throws {
        let pair = TLSConfiguration.ClientCertificate(certificate: Array("c".utf8), key: Array("k".utf8))
        for (body, expected) in [
            (PluginScript.answer(Self.token), Credential.token("t")),
            (
                PluginScript.answer(#"{"clientCertificateData":"c","clientKeyData":"k","token":""}"#),
                Credential(clientCertificate: pair)
            ),
            (
                PluginScript.answer(#"{"clientCertificateData":"c","clientKeyData":"k","token":"t"}"#),
                Credential(authorization: "Bearer t", clientCertificate: pair)
            ),
            (
                "echo 'apiVersion: client.authentication.k8s.io/v1'; echo 'kind: ExecCredential'; echo 'status: {token: t}'",
                .token("t")
            ),
            // Whatever a plugin leaves running is not waited for.
            ("exec 3>&1; (read nothing < fifo) & \(PluginScript.answer(Self.token))", .token("t")),
            // An answer of many pieces.
            ("head -c 500000 /dev/zero | tr '\\0' ' '; \(PluginScript.answer(Self.token))", .token("t")),
        ] {
            let script = try PluginScript(body)
            #expect(mkfifo(script.files.path + "/fifo", 0o600) == 0)
            #expect(try await credential(script.plugin()) == expected, "\(body)")
            // Lets go what waits there, if something does.
            let descriptor = open(script.files.path + "/fifo", O_RDWR | O_NONBLOCK)
            close(descriptor)
        }
    }

    @Test(arguments: [
        ("echo hunter2", "something else than an ExecCredential"), ("true", "something else than an ExecCredential"),
        ("echo '[1]'", "something else than an ExecCredential"),
        (PluginScript.answer(token, version: "v1beta1"), "another kind or version"),
        (PluginScript.answer("null"), "no status"),
        (PluginScript.answer("{}"), "neither a token nor a client certificate"),
        (PluginScript.answer(#"{"clientKeyData":"hunter2"}"#), "only one of"),
        (PluginScript.answer(#"{"token":5}"#), "is no text"),
        (PluginScript.answer(#"{"token":"hunter2\\n"}"#), "a line end"),
        (PluginScript.answer(#"{"token":"hunter2","expirationTimestamp":"hunter2"}"#), "no RFC 3339 time"),
        (
            "echo hunter2; exit 3",
            "exit status 3; what it wrote on standard error says why\n\ninstall it with [1mapt[0m"
        ),
        ("kill -9 $$", "signal 9"), ("yes hunter2", "more than 1048576 bytes"),
    ])
    func `an answer that is of no use is said so, and not shown`(body: String, message: String) async throws {
        let script = try PluginScript(body)
        let error = await #expect(throws: KubernetesError.self) {
            try await credential(script.plugin(arguments: ["--secret", "hunter2"], environment: ["S": "hunter2"]))
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(error?.code == .credentials && text.contains("the credential plugin \(script.path) "), "\(text)")
        #expect(text.contains(message) && !text.contains("hunter2"), "\(text)")
    }

    @Test func `a plugin that is not there, or no program, is said so with the hint`() async throws {
        let script = try PluginScript("")
        try script.files.write("text", "no program")
        for (command, message) in [
            ("no-such-plugin", "is in no folder of $PATH: install it\n\ninstall"),
            (script.files.path + "/missing", "is not there\n\ninstall"),
            (script.files.path + "/text", "cannot be started: Permission denied"),
        ] {
            let plugin = script.plugin()
            let other = ExecPlugin(
                version: plugin.version,
                command: command,
                arguments: [],
                environment: plugin.environment,
                interaction: .never,
                cluster: nil,
                installHint: plugin.installHint
            )
            let error = await #expect(throws: KubernetesError.self) { try await credential(other) }
            #expect(error?.message.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    // MARK: - Surroundings

    @Test func `a plugin gets its arguments, its environment, what it is to know, and nothing else`() async throws {
        let script = try PluginScript(
            """
            printf '%s|' "$@" > arguments
            printf %s "$KUBERNETES_EXEC_INFO" > info
            env > environment
            cat > input
            ls /proc/$$/fd > descriptors
            \(PluginScript.answer(Self.token))
            """
        )
        let words = ["--a", "$(touch shell)", "b c", "", "'"]
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let plugin = script.plugin(
            arguments: words,
            environment: ["MINE": "x y"],
            cluster: ["server": "https://x", "config": ["audience": "a"]]
        )
        _ = try await credential(plugin)
        #expect(try script.text("arguments") == words.joined(separator: "|") + "|")
        #expect(!FileManager.default.fileExists(atPath: script.files.path + "/shell"))
        #expect(
            try script.text("info")
                == #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://x","config":{"audience":"a"}},"interactive":false}}"#
        )
        let variables = try script.text("environment").split(separator: "\n")
        #expect(variables.contains("MINE=x y") && !variables.contains { $0.hasPrefix("HOME=") })
        #expect(try script.text("input").isEmpty)
        #expect(try !script.text("descriptors").split(separator: "\n").contains("\(leak)"))
    }

    @Test func `a kubeconfig's plugin is told of its cluster, and found beside the file`() async throws {
        let script = try PluginScript("printf %s \"$KUBERNETES_EXEC_INFO\" > info; \(PluginScript.answer(Self.token))")
        let pem = "-----BEGIN CERTIFICATE-----\n"
        try script.files.write("ca", pem)
        try script.files.write(
            "config",
            kubeconfig(
                cluster:
                    "{server: 'https://x/', certificate-authority: ca, tls-server-name: other, proxy-url: 'http://u:p@proxy', extensions: [{name: else, extension: 1}, {name: client.authentication.k8s.io/exec, extension: {audience: a}}]}",
                user:
                    "{exec: {command: ./plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, provideClusterInfo: true, env: [{name: PATH, value: /bin}]}}"
            )
        )
        guard case .plugin(let plugin) = try script.files.resolve().credentials else {
            Issue.record("no plugin")
            return
        }
        #expect(plugin.command == script.path && plugin.environment == ["PATH": "/bin"])
        _ = try await credential(plugin)
        let info = try JSONValue(parsing: script.text("info"))["spec"]?["cluster"]
        #expect(
            info == [
                "server": "https://x/", "tls-server-name": "other",
                "certificate-authority-data": .string(Data(pem.utf8).base64EncodedString()),
                "proxy-url": "http://u:p@proxy", "config": ["audience": "a"],
            ]
        )
    }

    @Test func `what a plugin tells people comes at once`() async throws {
        let script = try PluginScript(
            "echo 'log in at https://x' >&2; read line < fifo; \(PluginScript.answer(Self.token))"
        )
        #expect(mkfifo(script.files.path + "/fifo", 0o600) == 0)
        let errors = open(script.files.path + "/errors", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(errors) }
        let authenticator = PluginAuthenticator(
            script.plugin(interaction: .ifAvailable),
            streams: PluginStreams(input: errors, errors: errors)
        )
        async let credential = authenticator.credential(deadline: soon)
        try await eventually("the message") { try script.text("errors") == "log in at https://x\n" }
        try Data("\n".utf8).write(to: URL(filePath: script.files.path + "/fifo"))
        #expect(try await credential == .token("t"))
    }

    @Test func `on a terminal a plugin may ask, and without one it may not insist`() async throws {
        let script = try PluginScript(
            """
            printf %s "$KUBERNETES_EXEC_INFO" > info
            read line
            echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$line\\"}}"
            """
        )
        let (keyboard, terminal) = try pseudoTerminal()
        defer {
            close(keyboard)
            close(terminal)
        }
        let streams = PluginStreams(input: terminal, errors: terminal)
        for mode in [ExecPlugin.Interaction.ifAvailable, .always] {
            let authenticator = PluginAuthenticator(script.plugin(interaction: mode), streams: streams)
            #expect(write(keyboard, "typed\n", 6) == 6)
            #expect(try await authenticator.credential(deadline: soon) == .token("typed"))
            #expect(try script.text("info").contains(#""interactive":true"#))
        }
        let insisting = await #expect(throws: KubernetesError.self) {
            try await credential(script.plugin(interaction: .always))
        }
        #expect(insisting?.message.contains("standard input is no terminal") == true)
    }

    /// Both ends of a new pseudo-terminal: ours, and the program's. By the numbers of `asm-generic/ioctls.h`, as the C functions for it are not
    /// imported.
    private func pseudoTerminal() throws -> (Int32, Int32) {
        let (unlock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        let keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number) = (Int32(0), Int32(0))
        try #require(ioctl(keyboard, unlock, &locked) == 0 && ioctl(keyboard, getNumber, &number) == 0)
        return (keyboard, open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC))
    }

    // MARK: - Ends

    @Test func `a plugin that does not end is ended by the deadline, with all that it started`() async throws {
        let script = try PluginScript("trap '' TERM; tail -f /dev/null & echo $! > child; wait; wait")
        let error = await #expect(throws: KubernetesError.self) {
            try await credential(script.plugin(), deadline: .after(.seconds(1)))
        }
        #expect(error?.message.contains("did not answer in time") == true)
        let child = try #require(pid_t(script.text("child").filter(\.isNumber)))
        try await eventually("the end of what the plugin started") { !isRunning(child) }
    }

    @Test func `a plugin ends with the task that waits for it`() async throws {
        let script = try PluginScript("echo $$ > pid; exec tail -f /dev/null")
        let task = Task { try await credential(script.plugin(), deadline: .never) }
        try await eventually("the start") { (try? script.text("pid").isEmpty) == false }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let pid = try #require(pid_t(script.text("pid").filter(\.isNumber)))
        try await eventually("the end of the plugin") { !isRunning(pid) }
    }

    /// Also no for one that has ended and that nobody has waited for: its parent may have gone before it.
    private func isRunning(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.trimmingCharacters(in: .whitespaces).hasPrefix("Z") == false
    }
}
