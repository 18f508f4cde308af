// SPDX-License-Identifier: Apache-2.0

/// What a client may take of the server.
package struct WebLimits: Sendable, Hashable {
    /// The line of the request and all its headers.
    package var headBytes: Int
    /// One header.
    package var headerBytes: Int
    package var headerCount: Int
    package var connections: Int
    /// How long a connection may be open without a request: before its first one, while the head of one trickles in, and between two.
    package var idle: Duration
    /// From the head of a request to the end of its answer, however slowly the client sends or reads.
    package var exchange: Duration
    /// How long exchanges may take to their end when the server stops.
    package var farewell: Duration

    package init(
        headBytes: Int = 16 << 10,
        headerBytes: Int = 8 << 10,
        headerCount: Int = 64,
        connections: Int = 64,
        idle: Duration = .seconds(30),
        exchange: Duration = .seconds(30),
        farewell: Duration = .seconds(5)
    ) {
        self.headBytes = headBytes
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.connections = connections
        self.idle = idle
        self.exchange = exchange
        self.farewell = farewell
    }
}
