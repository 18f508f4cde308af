// SPDX-License-Identifier: Apache-2.0

package import Kubernetes
internal import TaffrailAPI

/// Taffrail's own kinds, as the API server serves them.
extension GroupVersionKind {
    package static let configRepository = taffrail("ConfigRepository")
    package static let environment = taffrail("Environment")
    package static let inventory = taffrail("Inventory")
    package static let modelDeployment = taffrail("ModelDeployment")

    private static func taffrail(_ kind: String) -> GroupVersionKind {
        GroupVersionKind(group: CustomResources.group, version: CustomResources.version, kind: kind)
    }
}
