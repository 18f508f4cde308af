// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Transport

/// Several kubeconfigs that are put together, and each alone as somebody else's.
enum KubeconfigTarget {
    private static let mostFiles = 5

    static func run(_ bytes: [UInt8]) {
        guard bytes.count <= FileGuard.longest else { return }
        let files = FileSet(bytes, firstPath: "config").files.prefix(mostFiles).map(\.bytes)
        FileGuard.shown = files
        let variable = files.indices.map { FileGuard.path(of: $0) }.joined(separator: ":")
        check { try ClusterConfiguration.resolve(kubeconfig: nil, context: nil, environment: ["KUBECONFIG": variable]) }
        FileGuard.shown = []
        FileGuard.opened = []
        for bytes in files {
            check {
                try ClusterConfiguration.parse(kubeconfig: bytes, name: "other", trust: .untrusted, reach: .anywhere)
            }
        }
        expect(FileGuard.opened.isEmpty, "somebody else's kubeconfig reads no file: \(FileGuard.opened)")
    }

    private static func check(_ read: () throws -> ClusterConfiguration) {
        do {
            let configuration = try read()
            expect(!configuration.server.isEmpty, "a cluster has an address")
        } catch let error as KubernetesError {
            expect(!error.message.isEmpty, "an error says what is wrong")
        } catch {
            expect(false, "errors are the module's own: \(error)")
        }
    }
}
