// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension JSONPatch {
    /// What one operation may put into an object.
    private static let largest = 1_000_000

    /// The value after all operations, as kustomize's library (evanphx/json-patch 4) applies them: members that are not
    /// there can be replaced, are copied as null, and test as null.
    /// - Parameter charge: takes what an operation costs from a limit.
    /// - Throws: `invalid` with the number of the operation; what `charge` throws.
    func appliedLeniently(to value: JSONValue, charge: (Int) throws(Refusal) -> Void) throws(Refusal) -> JSONValue {
        var result = value
        // Each operation copies the lists and mappings on its way.
        let weight = value.weight
        for (index, operation) in operations.enumerated() {
            let operation = operation.lenient(in: result)
            let content = operation.content(in: result)
            let added = content?.weight ?? 0
            try charge(weight / 64 + added)
            guard added <= Self.largest else {
                throw Refusal(.limit, "operation \(index) copies more than \(Self.largest) values and bytes")
            }
            guard operation.path.tokens.count + (content?.depth ?? 0) <= JSONValue.deepest else {
                throw Refusal(.limit, "operation \(index) nests values deeper than \(JSONValue.deepest)")
            }
            do throws(JSONError) {
                result = try JSONPatch([operation]).applied(to: result)
            } catch {
                throw .invalid(error.message.replacingStart("operation 0", with: "operation \(index)"))
            }
        }
        return result
    }
}

extension JSONPatch.Operation {
    fileprivate func lenient(in value: JSONValue) -> JSONPatch.Operation {
        switch self {
        case .replace(let path, let content) where path.isMissingMember(of: value): .add(path, content)
        case .copy(let from, let path) where from.isMissingMember(of: value): .add(path, .null)
        case .test(let path, .null) where path.isMissingMember(of: value): .test(JSONPointer(tokens: []), value)
        default: self
        }
    }

    /// What the operation puts into the value.
    fileprivate func content(in value: JSONValue) -> JSONValue? {
        switch self {
        case .add(_, let content), .replace(_, let content): content
        case .copy(let from, _), .move(let from, _): value[from]
        case .remove, .test: nil
        }
    }
}

extension JSONPointer {
    /// Whether the pointer leads to a member that a mapping could have and has not.
    fileprivate func isMissingMember(of value: JSONValue) -> Bool {
        guard let parent, let members = value[parent]?.objectValue, let name = tokens.last else { return false }
        return members[name] == nil
    }
}

extension String {
    fileprivate func replacingStart(_ text: String, with other: String) -> String {
        hasPrefix(text) ? other + dropFirst(text.count) : self
    }
}
