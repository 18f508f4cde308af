// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// What a controller follows of its own cluster, so that its loops need not ask.
package struct Followed: Sendable {
    /// Where nothing is followed, everything is asked for.
    package static let nothing = Followed(view: nil, inventories: nil) { _ in }

    /// Of what is delivered.
    package let view: LiveView?
    package let inventories: ObjectStore?
    /// Is told each resource of ours with the status that was just written.
    package let wrote: @Sendable (JSONValue) -> Void

    package init(view: LiveView?, inventories: ObjectStore?, wrote: @escaping @Sendable (JSONValue) -> Void) {
        self.view = view
        self.inventories = inventories
        self.wrote = wrote
    }
}
