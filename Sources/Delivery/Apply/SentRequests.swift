// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Kubernetes

/// The requests that were sent for one object, by the ids under which the API server's own audit log keeps them.
struct SentRequests {
    let intent: Intent
    let key: ObjectKey
    /// Of the first apply; `nil` until it is sent, as what comes before it may fail.
    private(set) var first: String?
    /// Of every other write.
    private(set) var others: [String] = []
    /// Whether there are any.
    var areSent: Bool { first != nil || !others.isEmpty }
    /// Whether the ownership of fields was moved.
    var hasMoved = false
    /// Whether the first apply was answered.
    var isApplied = false

    init(intent: Intent, key: ObjectKey) {
        self.intent = intent
        self.key = key
    }

    /// The id of the first apply, which is sent now.
    mutating func begin() -> String {
        let id = intent.auditID(of: key)
        first = id
        return id
    }

    /// Takes down a write that was made before all others, under the id that `next` gives first.
    mutating func note(_ id: String) { others.append(id) }

    /// The id of one more write.
    mutating func next() -> String {
        let id = intent.auditID(of: key, attempt: others.count + 2)
        others.append(id)
        return id
    }
}
