// SPDX-License-Identifier: Apache-2.0

package import JSON

/// What a YAML stream says: its sound documents, and all that is wrong with the others.
package struct YAMLStream: Sendable {
    /// In their order, without empty ones and without those that have an error.
    package let documents: [YAMLDocument]
    /// In the order of the text.
    package let errors: [YAMLError]
}

/// One document of a stream.
package struct YAMLDocument: Sendable {
    package let value: JSONValue
    /// Where its first node begins.
    package let position: SourcePosition
    /// Its number in the stream from 0; empty and faulty documents are counted, too.
    package let index: Int
}
