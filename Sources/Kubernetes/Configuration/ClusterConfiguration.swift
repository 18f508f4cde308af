// SPDX-License-Identifier: Apache-2.0

package import Transport

/// Which API server, over which way, and as whom.
package struct ClusterConfiguration: Sendable {
    /// How requests say who they are, besides a client certificate.
    package enum Credentials: Sendable, Hashable {
        case none
        case token(String)
        /// A token in a file, read again when it is a minute old, as tokens are replaced while we run. The other one is for when there is
        /// no file.
        case tokenFile(String, otherwise: String?)
        case basic(user: String, password: String)
        /// A program hands them out.
        case plugin(ExecPlugin)
    }

    /// The names in the kubeconfig of what was chosen; empty for what was not.
    package struct Origin: Sendable, Hashable {
        package let context: String
        package let cluster: String
        package let user: String
    }

    /// Without a slash at its end.
    package let server: String
    package let tls: TLSConfiguration
    package let credentials: Credentials
    /// The context's namespace.
    package let namespace: String?
    /// A URL, which may hold a password: not for errors and logs.
    package let proxy: String?
    package let impersonation: Impersonation
    /// Where connections may lead.
    package var reach: AddressReach
    /// `nil` for a pod's own account.
    package let origin: Origin?
    /// What the person who runs us should know about how it was found.
    package var notes: [String] = []

    package init(
        server: String,
        tls: TLSConfiguration,
        credentials: Credentials,
        namespace: String?,
        proxy: String? = nil,
        impersonation: Impersonation = .nobody,
        reach: AddressReach = .anywhere,
        origin: Origin? = nil
    ) {
        self.server = String(server.hasSuffix("/") ? server.dropLast() : server[...])
        self.tls = tls
        self.credentials = credentials
        self.namespace = namespace
        self.proxy = proxy
        self.impersonation = impersonation
        self.reach = reach
        self.origin = origin
    }
}

// Printed, neither shows a token, a key or a password.
extension ClusterConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "the cluster at \(server)" }
    package var debugDescription: String { description }
}

extension ClusterConfiguration.Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch self {
        case .none: "no credentials"
        case .token: "a token"
        case .tokenFile(let path, _): "the token in \(path)"
        case .basic(let user, _): "the password of \(user)"
        case .plugin(let plugin): "the credential plugin \(plugin.command)"
        }
    }

    package var debugDescription: String { description }
}
