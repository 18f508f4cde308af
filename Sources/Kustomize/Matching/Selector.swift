// SPDX-License-Identifier: Apache-2.0

/// Chooses objects by what they are called, their labels and their annotations. Absent parts choose all.
struct Selector: Sendable {
    let group: RegularExpression?
    let version: RegularExpression?
    let kind: RegularExpression?
    let name: RegularExpression?
    let namespace: RegularExpression?
    let labels: LabelSelector?
    let annotations: LabelSelector?

    /// Whether one of the parts that name an object is there.
    var namesObjects: Bool { group != nil || version != nil || kind != nil || name != nil || namespace != nil }

    /// As targets of patches are chosen: by the original or by the current name.
    func selects(_ resource: Resource) -> Bool {
        let (current, original) = (resource.id, resource.originalID)
        return (matches(namespace, original.effectiveNamespace) || matches(namespace, current.effectiveNamespace))
            && (matches(name, original.name) || matches(name, current.name))
            && matches(current.kind) && matchesMetadata(of: resource)
    }

    /// As targets of replacements are chosen: by one identity.
    func selects(_ id: ResourceID) -> Bool {
        matches(id.kind) && matches(name, id.name) && matches(namespace, id.namespace)
    }

    func matchesMetadata(of resource: Resource) -> Bool {
        (labels?.matches(resource.labels) ?? true) && (annotations?.matches(resource.annotations) ?? true)
    }

    private func matches(_ kind: Kind) -> Bool {
        matches(group, kind.group) && matches(version, kind.version) && matches(self.kind, kind.kind)
    }

    private func matches(_ expression: RegularExpression?, _ text: String) -> Bool {
        expression?.matches(text) ?? true
    }
}
