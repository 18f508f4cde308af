// SPDX-License-Identifier: Apache-2.0

package import Kubernetes

/// What happened to the objects of an Environment since it was looked at.
package struct Touch: Sendable, Hashable {
    /// Nothing did.
    package static let none = Touch()
    /// Nobody knows what did.
    package static let whole = Touch(isWhole: true)

    /// Objects that look or do different, or went.
    package private(set) var keys: Set<ObjectKey> = []
    /// Whether everything has to be looked at.
    package private(set) var isWhole = false

    package var isEmpty: Bool { keys.isEmpty && !isWhole }

    package mutating func add(_ key: ObjectKey) { keys.insert(key) }

    package mutating func add(_ other: Touch) {
        keys.formUnion(other.keys)
        isWhole = isWhole || other.isWhole
    }
}
