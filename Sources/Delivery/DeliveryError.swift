// SPDX-License-Identifier: Apache-2.0

/// Why a revision could not be delivered as a whole; what stops single objects are findings and results.
package struct DeliveryError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Discovery or a list failed, so that nothing can be compared.
        case clusterUnreadable = "cluster-unreadable"
        case inventoryUnreadable = "inventory-unreadable"
        case inventoryUnwritable = "inventory-unwritable"
        /// More objects than an inventory holds.
        case inventoryFull = "inventory-full"
        /// The commit empties what the Environment has applied.
        case emptyRevision = "empty-revision"
        /// The kubeconfig of another cluster is not there, or is not taken.
        case clusterUnusable = "cluster-unusable"
        /// The kubeconfig leads to another cluster than the one that holds what was applied.
        case clusterChanged = "cluster-changed"
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var isRetryable: Bool {
        switch code {
        case .clusterUnreadable, .inventoryUnreadable, .inventoryUnwritable, .clusterUnusable: true
        case .inventoryFull, .emptyRevision, .clusterChanged: false
        }
    }

    package var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }
}
