// SPDX-License-Identifier: Apache-2.0

/// Bounds on what a YAML stream may cost, so that no input can exhaust memory or the stack.
package struct YAMLLimits: Sendable, Hashable {
    /// The length of the stream.
    package var bytes: Int
    /// Containers inside each other, with those that an alias stands for.
    package var depth: Int
    /// Documents in one stream, empty ones included.
    package var documents: Int
    /// Errors that are reported of one stream; the rest are left out.
    package var errors: Int
    /// How many times the size of what is written aliases may add to it.
    package var aliasRatio: Int
    /// What aliases may always add, in bytes, however little is written.
    package var aliasAllowance: Int

    package init(
        bytes: Int = 16 << 20,
        depth: Int = 128,
        documents: Int = 10_000,
        errors: Int = 100,
        aliasRatio: Int = 10,
        aliasAllowance: Int = 1 << 20
    ) {
        self.bytes = bytes
        self.depth = depth
        self.documents = documents
        self.errors = errors
        self.aliasRatio = aliasRatio
        self.aliasAllowance = aliasAllowance
    }

    package static let standard = YAMLLimits()
}
