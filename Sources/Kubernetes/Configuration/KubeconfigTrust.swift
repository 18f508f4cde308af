// SPDX-License-Identifier: Apache-2.0

/// Who wrote a kubeconfig, which decides what it may make this process do.
package enum KubeconfigTrust: Sendable, Hashable {
    /// The person who runs us, or their administrator: everything that kubectl takes.
    case ownUser
    /// Somebody else, as in a Secret: nothing that runs a program, reads a file of this machine, or takes any server for the right one.
    case untrusted
}

extension KubeconfigTrust {
    private static let fileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"]

    /// Refuses what a kubeconfig of this trust may not ask for, in a cluster or a user. `auth-provider` is refused where it is used.
    ///
    /// All entries are looked at, also those that no context names: which one is used may change by a flag.
    func check(_ entry: FieldReader) throws(KubernetesError) {
        guard self == .untrusted else { return }
        for plugin in ["exec", "auth-provider"] where entry.has(plugin) {
            throw entry.error(
                plugin,
                "runs a program, which a kubeconfig that is not your own may not: put a token or a client certificate there"
            )
        }
        for field in Self.fileFields where try !entry.string(field).isEmpty {
            let inline = field == "tokenFile" ? "token" : field + "-data"
            throw entry.error(
                field,
                "names a file, which a kubeconfig that is not your own may not: put the content there as \(inline)"
            )
        }
        if try !entry.string("proxy-url").isEmpty {
            throw entry.error(
                "proxy-url",
                "is refused in a kubeconfig that is not your own: through a proxy, any address can be reached"
            )
        }
        if try entry.bool("insecure-skip-tls-verify") {
            throw entry.error(
                "insecure-skip-tls-verify",
                "is refused in a kubeconfig that is not your own: give the server's certificate-authority-data"
            )
        }
    }
}
