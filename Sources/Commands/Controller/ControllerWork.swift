// SPDX-License-Identifier: Apache-2.0

/// What the controller works on: one of our resources.
struct ControllerWork: Hashable, Sendable, CustomStringConvertible {
    enum Loop: String, Hashable, Sendable, CaseIterable {
        case source
        case environment
        case model
    }

    /// What is worked on side by side. Repositories and Environments have a lane each, since one that is slow must not delay another; the models of a
    /// namespace share one, since one team's thousand must not delay another team's.
    struct Lane: Hashable, Sendable {
        fileprivate let loop: Loop
        fileprivate let namespace: String
        /// Empty where it is a whole namespace's.
        fileprivate let name: String
    }

    let loop: Loop
    let name: NamespacedName

    var lane: Lane { Lane(loop: loop, namespace: name.namespace, name: loop == .model ? "" : name.name) }

    var description: String {
        let kind =
            switch loop {
            case .source: "ConfigRepository"
            case .environment: "Environment"
            case .model: "ModelDeployment"
            }
        return "\(kind)/\(name)"
    }
}
