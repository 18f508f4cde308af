// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import TestSupport

@testable import Kubernetes

/// A credential plugin that is a shell script, in a folder of its own.
struct PluginScript {
    let files: KubeconfigFolder
    var path: String { files.path + "/plugin" }

    /// - Parameter body: runs in the script's folder, after a line that counts the runs.
    init(_ body: String) throws {
        files = try KubeconfigFolder()
        try files.write("plugin", "#!/bin/sh\ncd '\(files.path)'\necho >> runs\n\(body)\n", executable: true)
    }

    /// How often it has run.
    var runs: Int { (try? text("runs").count) ?? 0 }

    func text(_ name: String) throws -> String { try files.text(name) }

    func plugin(
        arguments: [String] = [],
        environment: [String: String] = [:],
        interaction: ExecPlugin.Interaction = .never,
        cluster: JSONValue? = nil
    ) -> ExecPlugin {
        ExecPlugin(
            version: .v1,
            command: path,
            arguments: arguments,
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
            interaction: interaction,
            cluster: cluster,
            installHint: "install it with \u{1B}[1mapt\u{1B}[0m"
        )
    }

    /// The line of a script that prints a credential.
    static func answer(_ status: String, version: String = "v1") -> String {
        """
        echo '{"apiVersion":"client.authentication.k8s.io/\(version)","kind":"ExecCredential","status":\(status)}'
        """
    }
}

/// Nobody is there to answer: standard input is empty, and standard error goes nowhere.
struct QuietStreams: ~Copyable {
    private let null: Int32

    init() {
        null = open("/dev/null", O_RDWR | O_CLOEXEC)
    }

    deinit { close(null) }

    var streams: PluginStreams { PluginStreams(input: null, errors: null) }
}
