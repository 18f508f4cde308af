// SPDX-License-Identifier: Apache-2.0

package import Change

/// What a recorder wrote, for whoever counts it: only what is on record is told, so that counts and log agree.
package enum RecorderEvent: Sendable {
    /// Records are durable, and a published checkpoint covers them.
    case appended([RecordKind], took: Duration)
    /// The log could not be written, or not be signed.
    case unwritable(any Error)
    /// Objects that somebody else changed.
    case drifted(Int)
    /// Findings that were new.
    case denied(Int)
    /// What came of what was intended.
    case carriedOut([ChangeResult])
}

/// Is told what is written; must not wait.
package typealias RecorderObserver = @Sendable (RecorderEvent) -> Void
