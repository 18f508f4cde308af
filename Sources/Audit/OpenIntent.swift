// SPDX-License-Identifier: Apache-2.0

package import Change
internal import JSON
package import Kubernetes

/// An intent without an outcome.
package struct OpenIntent: Sendable {
    package let index: UInt64
    package let intent: Intent
    package let environment: EnvironmentReference?
    /// Which cluster was to be written to; `nil` for the one that the log is about.
    package let targetCluster: ClusterIdentity?
    package let runID: String
    package let loop: ReconcileLoop
    package let commit: String?
    package let changes: [IntendedChange]
}

/// One write that an intent announced.
package struct IntendedChange: Sendable, Hashable {
    package let operation: Operation
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// Of the object that was there; `nil` where there was none.
    package let uid: String?
    /// Whether the ownership of fields was to be moved, too: by patches which leave no mark.
    package let movesOwnership: Bool

    init?(_ json: JSONValue) {
        guard let operation = json["operation"]?.stringValue.flatMap(Operation.init(rawValue:)),
            let group = json["group"]?.stringValue, let version = json["version"]?.stringValue,
            let kind = json["kind"]?.stringValue, let name = json["name"]?.stringValue
        else { return nil }
        self.operation = operation
        type = GroupVersionKind(group: group, version: version, kind: kind)
        key = ObjectKey(group: group, kind: kind, namespace: json["namespace"]?.stringValue, name: name)
        uid = json["uid"]?.stringValue
        movesOwnership = json["ownership"]?.arrayValue?.isEmpty == false
    }
}

/// Whether a write that was announced reached the cluster.
package struct Landing: Sendable, Hashable {
    package enum State: String, Sendable {
        case landed
        case notLanded = "not-landed"
        case unknown
    }

    package let key: ObjectKey
    package let state: State
    package let message: String

    package init(key: ObjectKey, state: State, message: String) {
        self.key = key
        self.state = state
        self.message = message
    }
}
