// SPDX-License-Identifier: Apache-2.0

/// Whom a client trusts and as whom it presents itself. TLS is 1.2 or newer, always.
package struct TLSConfiguration: Sendable, Hashable {
    /// Who may have signed the server's certificate.
    package enum Trust: Sendable, Hashable {
        /// The certificate authorities of this machine.
        case system
        /// These PEM certificates and no others.
        case pem([UInt8])
    }

    /// What proves to the server who we are.
    package struct ClientCertificate: Sendable, Hashable {
        /// PEM, the leaf first; intermediates may follow.
        package var certificate: [UInt8]
        /// PEM, PKCS#8 or the older forms.
        package var key: [UInt8]
        /// Of an encrypted key.
        package var passphrase: String?

        package init(certificate: [UInt8], key: [UInt8], passphrase: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.passphrase = passphrase
        }
    }

    package enum Verification: Sendable, Hashable {
        /// The chain, the dates and the name.
        case full
        /// Nothing. Only for what a user's own kubeconfig asks for.
        case none
    }

    package var trust: Trust
    package var clientCertificate: ClientCertificate?
    /// The name to ask for and to find in the certificate, when it is not the URL's host.
    package var serverName: String?
    package var verification: Verification

    package init(
        trust: Trust = .system,
        clientCertificate: ClientCertificate? = nil,
        serverName: String? = nil,
        verification: Verification = .full
    ) {
        self.trust = trust
        self.clientCertificate = clientCertificate
        self.serverName = serverName
        self.verification = verification
    }
}
