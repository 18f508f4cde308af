// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value after a merge patch (RFC 7386): its members replace or are merged into ours, `null` removes.
    package func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = objectValue ?? JSONObject()
        for (key, change) in changes {
            result[key] = change.isNull ? nil : (result[key] ?? .null).mergePatched(with: change)
        }
        return .object(result)
    }
}
