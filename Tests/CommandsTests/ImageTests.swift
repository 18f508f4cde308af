// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The Dockerfile; that the release binary starts in what it describes is tried by `scripts/check-image`.
@Suite struct ImageTests {
    private static let script = Parts.root.appending(path: "scripts/build-image").path

    @Test func `it has the libraries that the binary links, and no others`() async throws {
        try Parts.require("dpkg", Parts.has("dpkg"))
        try Parts.require("readelf", Parts.has("readelf"))
        let linked = try await Self.bash(
            """
            readelf -d "$TAFFRAIL" | sed -nE 's/.*\\(NEEDED\\).*\\[(.*)\\]/\\1/p' | while read -r name; do
              # The Swift runtime is no package's, and linked into what is released.
              dpkg -S "*/$name" 2>/dev/null | sed -n '1s/:.*//p' || true
            done | sort -u
            """
        )
        let named = try await Self.bash(
            "sed -nE 's/^ARG RUNTIME_PACKAGES=\\\"(.*)\\\"/\\1/p' Dockerfile | tr ' ' '\\n'"
        )
        // What is part of every Debian, and what is no library.
        let base = ["libc6", "libgcc-s1", "ca-certificates"]
        let found = Set(linked.split(separator: "\n").map(String.init)).subtracting(base)
        #expect(found == Set(named.split(separator: "\n").map(String.init)).subtracting(base))
    }

    @Test func `any engine that works builds it, and without one it says what to install`() async throws {
        let folder = try TemporaryDirectory()
        let tools = try ["bash", "dirname", "sed"].map { try #require(Parts.path(of: $0)) }
        for tool in tools {
            let link = folder.path + "/" + URL(filePath: tool).lastPathComponent
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: tool)
        }
        func build() async throws -> ProgramResult {
            try await run(
                try #require(Parts.path(of: "bash")),
                [Self.script, "a:b"],
                environment: ["PATH": folder.path]
            )
        }
        let none = try await build()
        #expect(none.status == 1 && none.errors.contains("install docker, podman or buildah"), "\(none.errors)")
        // One whose service does not run, and one that works.
        for (name, script) in [("docker", "exit 1"), ("podman", "echo \"$0 $*\"")] {
            let path = folder.path + "/" + name
            try Data("#!\(folder.path)/bash\n\(script)\n".utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let built = try await build()
        #expect(built.status == 0 && built.errors.contains("docker is installed, and does not work"), "\(built.errors)")
        #expect(built.output.hasSuffix("/podman build --tag a:b --file Dockerfile .\n"), "\(built.output)")
    }

    private static func bash(_ script: String) async throws -> String {
        let result = try await run(
            "bash",
            ["-euo", "pipefail", "-c", script],
            environment: ["TAFFRAIL": Parts.product("taffrail")],
            directory: Parts.root
        )
        try check(result)
        return result.output
    }
}
