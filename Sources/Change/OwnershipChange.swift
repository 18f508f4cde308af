// SPDX-License-Identifier: Apache-2.0

/// What happens to the ownership of an object's fields before it is applied.
package struct OwnershipChange: Sendable, Hashable {
    /// The fields of former tools become ours, so that those which no manifest has go.
    package let takesOver: Bool
    /// The fields that are left to others are ours no longer, so that they stay.
    package let lets: Bool
    /// What others added becomes ours, so that it goes.
    package let removesAdditions: Bool

    package init(takesOver: Bool = false, lets: Bool = false, removesAdditions: Bool = false) {
        self.takesOver = takesOver
        self.lets = lets
        self.removesAdditions = removesAdditions
    }

    package static let none = OwnershipChange()

    /// As the record has it.
    package var words: [String] {
        [takesOver ? "takeover" : nil, lets ? "release" : nil, removesAdditions ? "removal" : nil].compactMap(\.self)
    }
}

/// How an object has come to differ from what was applied.
package enum DriftClass: String, Sendable, Hashable, CaseIterable {
    /// A field of ours has another value, or another owner.
    case changed
    /// A field of ours, or the object, is gone.
    case removed
    /// Somebody put a field beside ours.
    case addition
}
