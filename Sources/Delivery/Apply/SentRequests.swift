// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Kubernetes

/// The requests that were sent for one object, by the ids under which the API server's own audit log keeps them.
struct SentRequests {
    let intent: Intent
    let key: ObjectKey
    /// Of every write but the first apply, whose id is known from the intent alone.
    private(set) var others: [String] = []
    /// Whether the ownership of fields was moved.
    var hasMoved = false
    /// Whether the first apply was answered.
    var isApplied = false

    init(intent: Intent, key: ObjectKey) {
        self.intent = intent
        self.key = key
    }

    /// The id of the first apply.
    var first: String { intent.auditID(of: key) }

    /// The id of one more write.
    mutating func next() -> String {
        let id = intent.auditID(of: key, attempt: others.count + 2)
        others.append(id)
        return id
    }
}
