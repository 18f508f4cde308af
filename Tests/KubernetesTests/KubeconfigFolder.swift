// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Kubernetes
import TestSupport

/// A folder of kubeconfigs and of what they name.
struct KubeconfigFolder {
    let folder: TemporaryDirectory
    var path: String { folder.path }

    init(_ files: [String: String] = [:]) throws {
        folder = try TemporaryDirectory()
        for (name, text) in files { try write(name, text) }
    }

    func write(_ name: String, _ text: String, executable: Bool = false) throws {
        let url = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        guard executable else { return try Data(text.utf8).write(to: url) }
        // Not with Foundation, whose descriptor a program inherits that another test starts meanwhile: as long as that runs, this could not.
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o700)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
    }

    func text(_ name: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    }

    /// Resolves the file `config` alone.
    func resolve(
        context: String? = nil,
        cluster: String? = nil,
        user: String? = nil,
        impersonation: Impersonation = .nobody
    ) throws -> ClusterConfiguration {
        try ClusterConfiguration.resolve(
            kubeconfig: path + "/config",
            context: context,
            cluster: cluster,
            user: user,
            impersonation: impersonation,
            environment: [:]
        )
    }
}

/// A kubeconfig of one cluster `c`, one user `u` and the context `a`, which is the current one.
func kubeconfig(cluster: String = "{server: 'https://x'}", user: String = "{}", context: String = "") -> String {
    """
    current-context: a
    contexts: [{name: a, context: {cluster: c, user: u\(context)}}]
    clusters:
    - name: c
      cluster: \(cluster)
    users:
    - name: u
      user: \(user)
    """
}
