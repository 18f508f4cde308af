// SPDX-License-Identifier: Apache-2.0

internal import Transport

/// What one request proves itself with, as of now.
struct Credential: Sendable, Hashable {
    /// The value of the header `Authorization`.
    var authorization: String?
    /// In the place of the configuration's own.
    var clientCertificate: TLSConfiguration.ClientCertificate?

    static let nothing = Credential()

    static func token(_ token: String) -> Credential { Credential(authorization: "Bearer " + token) }
}

// Printed, it shows nothing.
extension Credential: CustomStringConvertible, CustomDebugStringConvertible {
    var description: String { "a credential" }
    var debugDescription: String { description }
}
