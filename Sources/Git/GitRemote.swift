// SPDX-License-Identifier: Apache-2.0

package import Transport

/// A repository on a server, and how it is reached.
package struct GitRemote: Sendable {
    /// `https://…`, or `file://…` where that is allowed.
    package var url: String
    package var credentials: GitCredentials
    package var tls: TLSConfiguration
    /// Which addresses may be connected to, whatever the URL's name resolves to.
    package var reach: AddressReach
    package var allowsFileURLs: Bool

    package init(
        url: String,
        credentials: GitCredentials = .none,
        tls: TLSConfiguration = TLSConfiguration(),
        reach: AddressReach = .anywhere,
        allowsFileURLs: Bool = false
    ) {
        self.url = url
        self.credentials = credentials
        self.tls = tls
        self.reach = reach
        self.allowsFileURLs = allowsFileURLs
    }
}
