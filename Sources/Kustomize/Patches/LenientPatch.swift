// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension JSONPatch {
    /// The value after all operations, as kustomize's library (evanphx/json-patch 4) applies them: members that are not there can be
    /// replaced, are copied as null, and test as null.
    /// - Throws: as `applied(to:)`, with the number of the operation.
    func appliedLeniently(to value: JSONValue) throws(JSONError) -> JSONValue {
        var operations: [Operation] = []
        var result = value
        for (index, operation) in self.operations.enumerated() {
            let lenient = operation.lenient(in: result)
            operations.append(lenient)
            do throws(JSONError) {
                result = try JSONPatch([lenient]).applied(to: result)
            } catch {
                // Told once more as a whole, so that the message has the right number.
                throw JSONError(error.code, error.message.replacingFirst("operation 0", with: "operation \(index)"))
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
}

extension JSONPointer {
    /// Whether the pointer leads to a member that a mapping could have and has not.
    fileprivate func isMissingMember(of value: JSONValue) -> Bool {
        guard let parent, let members = value[parent]?.objectValue, let name = tokens.last else { return false }
        return members[name] == nil
    }
}

extension String {
    fileprivate func replacingFirst(_ text: String, with other: String) -> String {
        hasPrefix(text) ? other + dropFirst(text.count) : self
    }
}
