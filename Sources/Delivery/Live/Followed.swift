// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// What a controller follows of its own cluster, so that its loops need not ask, and what it tells there.
package struct Followed: Sendable {
    /// Where nothing is followed, everything is asked for.
    package static let nothing = Followed(view: nil, inventories: nil) { _ in }

    /// Of what is delivered.
    package let view: LiveView?
    package let inventories: ObjectStore?
    /// Is told each resource of ours with the status that was just written.
    package let wrote: @Sendable (JSONValue) -> Void
    /// Tells people of what happened to a resource of ours, in the cluster's own events.
    package let events: EventRecorder?

    package init(
        view: LiveView?,
        inventories: ObjectStore?,
        events: EventRecorder? = nil,
        wrote: @escaping @Sendable (JSONValue) -> Void
    ) {
        self.view = view
        self.inventories = inventories
        self.events = events
        self.wrote = wrote
    }

    /// Tells of what `Ready` says of a resource, if it says something else than before.
    ///
    /// - Parameters:
    ///   - before: the resource with its former status.
    ///   - after: with its present one.
    package func tellReadiness(_ before: JSONValue, _ after: JSONValue) {
        let (old, new) = (Conditions(before["status"])["Ready"], Conditions(after["status"])["Ready"])
        guard let new, let reason = new["reason"]?.stringValue, reason != "Progressing",
            old?["reason"] != new["reason"] || old?["message"] != new["message"]
        else { return }
        let isBad = new["status"] == "False"
        let note = new["message"]?.stringValue ?? ""
        events?.tell(after, isBad ? .warning : .normal, reason: reason, action: "Reconcile", note: note)
    }
}
