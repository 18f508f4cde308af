// SPDX-License-Identifier: Apache-2.0

/// Exponential delays with full jitter, for retrying against a shared server.
package struct Backoff: Sendable {
    private let base: Duration
    private let limit: Duration
    private var exponent = 0

    /// - Parameters:
    ///   - base: the upper bound of the first delay.
    ///   - limit: no delay is longer.
    package init(base: Duration, limit: Duration) {
        self.base = base
        self.limit = limit
    }

    /// The next delay: random between a tenth of the bound and the bound, which doubles with each call.
    package mutating func next() -> Duration {
        let bound = min(limit, base * (1 << min(exponent, 30)))
        exponent += 1
        return bound * Double.random(in: 0.1...1)
    }

    /// Starts over, after a success.
    package mutating func reset() {
        exponent = 0
    }
}
