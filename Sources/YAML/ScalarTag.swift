// SPDX-License-Identifier: Apache-2.0

/// What is known of a scalar's type before its text is looked at.
enum ScalarTag: Equatable {
    /// Plain and without a tag: the text decides.
    case unresolved
    /// Quoted, or tagged as a string.
    case string
    case null
    case bool
    case int
    case float
    case timestamp
    case binary
    case merge
    /// A tag that we do not know, which makes the text a string as in go-yaml.
    case foreign

    init(_ name: String) {
        let prefix = "tag:yaml.org,2002:"
        guard name.hasPrefix(prefix) else {
            self = .foreign
            return
        }
        self =
            switch name.dropFirst(prefix.count) {
            case "str": .string
            case "null": .null
            case "bool": .bool
            case "int": .int
            case "float": .float
            case "timestamp": .timestamp
            case "binary": .binary
            case "merge": .merge
            default: .foreign
            }
    }
}
