// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Numbers that a server takes for others: one that is more than its field holds is cut down to what fits, so that 4294967296 replicas become none. No
/// server says so, and whoever wrote it would see a workload go.
enum NumberLoss {
    /// Whether a manifest holds a number that some field may not hold, so that the server has to be asked before anything is applied.
    static func isPossible(in manifest: JSONValue) -> Bool {
        switch manifest {
        case .int(let number): Int32(exactly: number) == nil
        case .uint, .number: true
        case .array(let items): items.contains(where: isPossible)
        case .object(let object): object.contains { isPossible(in: $0.value) }
        case .null, .bool, .string: false
        }
    }

    /// What the server takes for another number; `nil` if nothing is.
    /// - Parameter answer: the object as it would be, in which a list of another length is not looked at.
    static func first(in manifest: JSONValue, _ answer: JSONValue) -> String? { first(manifest, answer, at: "") }

    private static func first(_ sent: JSONValue, _ taken: JSONValue, at path: String) -> String? {
        switch (sent, taken) {
        case (.object(let sent), .object(let taken)):
            for (key, value) in sent {
                guard let other = taken[key] else { continue }
                if let loss = first(value, other, at: path.isEmpty ? key : "\(path).\(key)") { return loss }
            }
            return nil
        case (.array(let sent), .array(let taken)) where sent.count == taken.count:
            for (index, value) in sent.enumerated() {
                if let loss = first(value, taken[index], at: "\(path)[\(index)]") { return loss }
            }
            return nil
        default:
            guard isPossible(in: sent), let was = number(sent), let became = number(taken), was != became else {
                return nil
            }
            return
                "the server would take \(path): \(text(sent)) for \(text(taken)), which is what the field can hold of it"
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int, .uint, .number: Double(text(value))
        default: nil
        }
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }
}
