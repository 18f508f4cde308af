// SPDX-License-Identifier: Apache-2.0

package import JSON
package import Kubernetes

/// Where in a repository something stands.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// Relative to the root of the repository.
    package let path: String
    /// The document's number in a stream of several, from 0.
    package let document: Int
    /// From 1; `nil` where the file as a whole is meant.
    package let line: Int?
    /// From 1.
    package let column: Int?

    package init(path: String, document: Int = 0, line: Int? = nil, column: Int? = nil) {
        self.path = path
        self.document = document
        self.line = line
        self.column = column
    }

    /// `models/a.yaml:3:5`, as compilers write it, so that editors can jump there.
    package var description: String {
        [path, line.map(String.init), line == nil ? nil : column.map(String.init)]
            .compactMap(\.self).joined(separator: ":")
    }
}

/// Something that is wrong with a change, with all that is needed to mend it.
package struct Finding: Sendable, Hashable, CustomStringConvertible {
    /// What was violated, in a stable word that can be searched for: `duplicate-key`, `unknown-kind`.
    package let rule: String
    /// What happened and what to do next, in lower case, without Secret values.
    package let message: String
    package let location: SourceLocation?
    package let object: ObjectKey?
    package let field: JSONPointer?

    package init(
        rule: String,
        message: String,
        location: SourceLocation? = nil,
        object: ObjectKey? = nil,
        field: JSONPointer? = nil
    ) {
        self.rule = rule
        self.message = message
        self.location = location
        self.object = object
        self.field = field
    }

    package var description: String {
        var parts: [String] = []
        if let location { parts.append("\(location):") }
        if let object { parts.append("\(object):") }
        parts.append(message)
        parts.append("[\(rule)]")
        return parts.joined(separator: " ")
    }
}
