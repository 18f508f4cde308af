// SPDX-License-Identifier: Apache-2.0

/// A CustomResourceDefinition for tests, whose objects have a whole number `spec.weight` and whatever else. Its plural is the kind's name with an "s".
///
/// - Parameter annotations: in flow style, without the braces.
package func definition(_ kind: String, group: String, scope: String, annotations: String = "") -> String {
    let spec = "{type: object, x-kubernetes-preserve-unknown-fields: true, properties: {weight: {type: integer}}}"
    let singular = kind.lowercased()
    return """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(singular)s.\(group), annotations: {\(annotations)}}
        spec:
          group: \(group)
          scope: \(scope)
          names: {kind: \(kind), listKind: \(kind)List, plural: \(singular)s, singular: \(singular)}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: \(spec)}}}}]
        """
}
