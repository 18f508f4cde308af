// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Transport

/// Which objects a list or a watch is of.
package struct ObjectScope: Sendable, Hashable {
    package let type: GroupVersionKind
    /// `nil` for all namespaces, or for a kind of the cluster.
    package let namespace: String?
    package let labelSelector: String?
    /// Asks for `PartialObjectMetadata`: no object's content crosses the wire.
    package let metadataOnly: Bool

    package init(
        _ type: GroupVersionKind,
        namespace: String? = nil,
        labelSelector: String? = nil,
        metadataOnly: Bool = false
    ) {
        self.type = type
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.metadataOnly = metadataOnly
    }

    /// - Parameter form: of the answer, where it is of metadata only.
    func accept(_ form: String) -> [HTTPHeader] {
        let metadata = "application/json;as=\(form);g=meta.k8s.io;v=v1,"
        return [HTTPHeader("Accept", (metadataOnly ? metadata : "") + "application/json")]
    }

    /// An object with what neither a list nor metadata alone says of it.
    func named(_ object: JSONValue) -> JSONValue {
        var object = object
        object["apiVersion"] = .string(type.apiVersion)
        object["kind"] = .string(type.kind)
        return object
    }
}
