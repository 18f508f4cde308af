// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON

/// The conditions of a status (Kubernetes API conventions, "Typical status properties").
package struct Conditions: Sendable, Hashable {
    package private(set) var list: [JSONValue]

    package init(_ status: JSONValue?) {
        list = status?["conditions"]?.arrayValue ?? []
    }

    /// The condition of a type, if there is one.
    package subscript(type: String) -> JSONValue? { list.first { $0["type"]?.stringValue == type } }

    /// Sets a condition. `lastTransitionTime` moves only when the status word changes.
    package mutating func set(
        _ type: String,
        _ isTrue: Bool?,
        reason: String,
        message: String,
        generation: Int64,
        now: Timestamp
    ) {
        let status = isTrue.map { $0 ? "True" : "False" } ?? "Unknown"
        let index = list.firstIndex { $0["type"]?.stringValue == type }
        let old = index.map { list[$0] }
        let hasChanged = old?["status"]?.stringValue != status
        let condition: JSONValue = [
            "type": .string(type),
            "status": .string(status),
            "observedGeneration": .int(generation),
            "lastTransitionTime": hasChanged
                ? .string(now.description) : old?["lastTransitionTime"] ?? .string(now.description),
            "reason": .string(reason),
            "message": .string(String(message.prefix(32_768))),
        ]
        if let index {
            list[index] = condition
        } else {
            list.append(condition)
        }
    }

    /// Conditions that are only there while they are true are removed, not set to false.
    package mutating func remove(_ type: String) {
        list.removeAll { $0["type"]?.stringValue == type }
    }
}
