// SPDX-License-Identifier: Apache-2.0

/// What happens to a key in a queue, for whoever counts it.
package enum WorkEvent<Key: Sendable>: Sendable {
    /// Somebody asks for it, also where it waits already.
    case asked(Key)
    /// It is at work now.
    ///
    /// - Parameter waited: since it was due.
    case began(Key, waited: Duration)
    case finished(Key, WorkResult, took: Duration)
}
