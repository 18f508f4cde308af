// SPDX-License-Identifier: Apache-2.0

/// What all transfers of a client have in common.
struct ConnectionSettings: Sendable {
    var tls: TLSConfiguration
    var limits: HTTPLimits
    /// `nil` goes straight to the server, whatever the environment says.
    var proxy: String?
    var allowsPlainHTTP: Bool
    var reach: AddressReach
}
