// SPDX-License-Identifier: Apache-2.0

/// Bounds on what a reader accepts, so that no input can exhaust memory or the stack.
package struct JSONLimits: Sendable, Hashable {
    /// The longest text; never more than the tape can describe, which is 128 MiB.
    package var bytes: Int
    /// Containers inside each other; what walks a value recurses as deep as this.
    package var depth: Int

    package init(bytes: Int, depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    /// 64 MiB and 128 levels.
    package static let standard = JSONLimits(bytes: 64 << 20, depth: 128)
}
