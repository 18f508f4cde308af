// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// Why a kustomization cannot be built. Messages name fields, files and objects, but never values of Secrets.
package struct KustomizeProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of problems. Besides these, `rule` may be a code of `YAMLError`.
    package enum Rule: String, Sendable, Hashable {
        /// What kustomize can do and this renderer does not, or must not: remote bases, plugins, Helm.
        case unsupported = "kustomize-unsupported"
        /// A file or folder, or the object that something is to be done to, is not there.
        case notFound = "kustomize-not-found"
        /// A field has a value that kustomize does not take.
        case invalid = "kustomize-invalid"
        /// A field that no kustomization has.
        case unknownField = "kustomize-unknown-field"
        /// A path that leads out of the repository, or to a file that is not in the kustomization's folder.
        case outside = "kustomize-outside"
        /// Folders that include each other.
        case cycle = "kustomize-cycle"
        /// Two objects of the same kind, namespace and name.
        case duplicate = "kustomize-duplicate"
        /// The build is larger or deeper than the limits.
        case limit = "kustomize-limit"
        /// A file that the source could not read.
        case unreadable = "kustomize-unreadable"
        /// A file that SOPS has encrypted.
        case sopsEncrypted = "sops-encrypted"
    }

    /// The file, relative to the root; the folder if it has no kustomization.
    package let path: String
    /// From 1.
    package let line: Int?
    /// From 1.
    package let column: Int?
    /// A JSON pointer into the file's document.
    package let field: String?
    /// A stable word.
    package let rule: String
    package let message: String

    package var description: String {
        guard let line, let column else { return "\(path): \(message)" }
        return "\(path):\(line):\(column): \(message)"
    }
}

extension KustomizeProblem {
    init(_ rule: Rule, _ message: String, path: String, position: SourcePosition? = nil, field: [String] = []) {
        self.init(
            path: path,
            line: position?.line,
            column: position?.column,
            field: field.isEmpty ? nil : JSONPointer(tokens: field).description,
            rule: rule.rawValue,
            message: message
        )
    }

    init(_ error: YAMLError) {
        self.init(
            path: error.file,
            line: error.position?.line,
            column: error.position?.column,
            field: nil,
            rule: error.code.rawValue,
            message: error.message
        )
    }
}

/// What is wrong, without the place, which only a caller knows.
struct Refusal: Error {
    let rule: KustomizeProblem.Rule
    let message: String

    init(_ rule: KustomizeProblem.Rule, _ message: String) {
        self.rule = rule
        self.message = message
    }

    static func invalid(_ message: String) -> Refusal { Refusal(.invalid, message) }
}
