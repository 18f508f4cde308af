// SPDX-License-Identifier: Apache-2.0

/// What a client puts up with.
package struct HTTPLimits: Sendable, Hashable {
    /// For resolving the name, connecting, and the TLS handshake together.
    package var connectTimeout: Duration
    /// How long nothing may move in either direction once connected; a reader that is slow does not count.
    package var idleTimeout: Duration
    /// The longest body that `send` takes. Streams have no limit of their own.
    package var maxBodyBytes: Int
    /// How many `send` requests may be under way; more wait in line, their deadlines running.
    package var maxInFlight: Int

    package init(
        connectTimeout: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(60),
        maxBodyBytes: Int = 64 << 20,
        maxInFlight: Int = 32
    ) {
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.maxBodyBytes = maxBodyBytes
        self.maxInFlight = maxInFlight
    }

    package static let standard = HTTPLimits()
}
