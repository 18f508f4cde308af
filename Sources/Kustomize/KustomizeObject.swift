// SPDX-License-Identifier: Apache-2.0

package import JSON
package import YAML

/// An object that a build made.
package struct KustomizeObject: Sendable, Hashable {
    package let value: JSONValue
    /// The file that the object was read from, or whose generator made it; relative to the root.
    package let path: String
    /// The document of that file, from 0.
    package let document: Int
    /// Where the manifest, or the generator's entry, begins.
    package let position: SourcePosition?

    package init(value: JSONValue, path: String, document: Int, position: SourcePosition?) {
        self.value = value
        self.path = path
        self.document = document
        self.position = position
    }
}
