// SPDX-License-Identifier: Apache-2.0

/// What all transfers of a client have in common.
struct ConnectionSettings: Sendable {
    var tls: TLSConfiguration
    var limits: HTTPLimits
    /// `nil` goes straight to the server, whatever the environment says; a failure is what every request then gets.
    var proxy: Result<ProxyAddress?, TransportError>
    var allowsPlainHTTP: Bool
    var reach: AddressReach
}
