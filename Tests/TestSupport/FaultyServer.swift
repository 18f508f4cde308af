// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Stands in front of a real API server, and loses what it is told to lose.
package final class FaultyServer {
    /// Leads to it.
    package let kubeconfig: String
    private let folder: TemporaryDirectory
    private let program: BackgroundProgram

    /// - Parameter kubeconfig: of the real one.
    package init(before kubeconfig: String) async throws {
        try Parts.require("python3", Parts.has("python3"))
        folder = try TemporaryDirectory()
        program = try BackgroundProgram(
            Parts.root.appending(path: "scripts/faulty-api-server").path,
            [folder.path, kubeconfig],
            errors: folder.path + "/errors"
        )
        let path = folder.path + "/kubeconfig"
        self.kubeconfig = path
        try await eventually("the server in front") { FileManager.default.fileExists(atPath: path) }
    }

    deinit {
        program.end(SIGKILL)
    }

    /// From the next request on.
    ///
    /// - Parameter faults: each a method, the beginning of a path with its query, and an action that `scripts/faulty-api-server` knows.
    package func lose(_ faults: [(method: String, path: String, action: String)]) throws {
        let lines = faults.map { "\($0.method) \($0.path) \($0.action)\n" }
        try Data(lines.joined().utf8).write(to: URL(filePath: folder.path + "/faults"), options: .atomic)
    }
}
