// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON
package import Kubernetes
internal import YAML

/// An object on its way through the renderer, and where it stands.
struct Manifest: Sendable {
    var value: JSONValue
    let place: ManifestPlace
}

/// Where an object was read from.
struct ManifestPlace: Sendable, Hashable {
    let path: String
    /// Of its file, from 0.
    let document: Int
    /// Where the document begins, or the object if a kustomization has built it.
    let start: SourcePosition?
    /// The way to the object in its document; `nil` where a kustomization has built it, so that its fields need not stand there.
    let tokens: [String]?

    var location: SourceLocation {
        SourceLocation(path: path, document: document, line: start?.line, column: start?.column)
    }

    /// What else can be done about a file that may hold something else than manifests.
    var ignoreHint: String {
        tokens == [] ? "; a file that holds no manifests is left out by naming it in \(IgnoreRules.fileName)" : ""
    }
}

/// A manifest as it stands in a repository, normalised, before anybody asked a cluster about it.
package struct RenderedObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let name: String
    /// As written; `nil` where the manifest names none.
    package let namespace: String?
    package let manifest: JSONValue
    package let location: SourceLocation
}

/// What the files of an Environment ask for.
package struct Rendering: Sendable {
    package let objects: [RenderedObject]
    package let findings: [Finding]
    /// Files of which at least one object could not be read: what they had applied before stays as it is.
    package let brokenPaths: Set<String>

    package init(objects: [RenderedObject], findings: [Finding], brokenPaths: Set<String>) {
        self.objects = objects
        self.findings = findings
        self.brokenPaths = brokenPaths
    }
}
