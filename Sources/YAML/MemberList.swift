// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The members of a mapping that is being read.
struct MemberList {
    private(set) var members: [JSONObject.Element] = []
    /// Where each key stands; `nil` for one that only a merge has brought.
    private var positions: [SourcePosition?] = []
    /// Made when the members are too many to look through.
    private var indexes: [ExactString: Int] = [:]
    private static let longestScan = 16

    /// Adds a member or replaces one that was merged.
    /// - Returns: where the same key was written before, in which case nothing is changed.
    mutating func add(_ key: String, _ value: JSONValue, at position: SourcePosition) -> SourcePosition? {
        guard let index = index(of: key) else {
            append(key, value, at: position)
            return nil
        }
        if let earlier = positions[index] { return earlier }
        members[index].value = value
        positions[index] = position
        return nil
    }

    /// Adds the members of another mapping. As in go-yaml v2, what comes later counts: they replace members of the same key
    /// that stand before the merge and are replaced by those behind it.
    mutating func merge(_ object: JSONObject) {
        for (key, value) in object {
            if let index = index(of: key) {
                members[index].value = value
            } else {
                append(key, value, at: nil)
            }
        }
    }

    private func index(of key: String) -> Int? {
        guard members.count > Self.longestScan else { return members.firstIndex { $0.key.hasSameBytes(as: key) } }
        return indexes[ExactString(key)]
    }

    private mutating func append(_ key: String, _ value: JSONValue, at position: SourcePosition?) {
        members.append((key, value))
        positions.append(position)
        if members.count == Self.longestScan + 1 {
            for (index, member) in members.enumerated() { indexes[ExactString(member.key)] = index }
        } else if members.count > Self.longestScan {
            indexes[ExactString(key)] = members.count - 1
        }
    }
}
