// SPDX-License-Identifier: Apache-2.0

import JSON
import Kustomize
import Testing
import YAML

/// Compares what we build with what kubectl builds.
enum Agreement {
    /// How many trees were built by both, and how many were refused by both.
    struct Count: CustomStringConvertible {
        var built = 0
        /// By name.
        var refused: [String] = []
        var objects = 0
        var description: String {
            "\(built) trees with \(objects) objects built alike, \(refused.count) refused by both"
        }
    }

    /// Records an issue for each tree that is not built alike, or refused by one of the two only.
    @discardableResult
    static func expect(_ trees: [Tree]) async throws -> Count {
        var count = Count()
        for (tree, answer) in zip(trees, try await Oracle().build(trees)) {
            let ours = tree.render()
            switch answer {
            case .refusal(let reason):
                if ours.problems.isEmpty { Issue.record("\(tree.name): only kubectl refuses: \(reason)\n\(tree)") }
                count.refused.append(tree.name)
            case .objects(let theirs):
                guard ours.problems.isEmpty else {
                    Issue.record("\(tree.name): only we refuse: \(ours.problems.map(\.description))\n\(tree)")
                    continue
                }
                if let difference = difference(ours.objects.map(\.value), theirs) {
                    Issue.record("\(tree.name): \(difference)\n\(tree)")
                }
                count.built += 1
                count.objects += theirs.count
            }
        }
        return count
    }

    /// `nil` if both are the same objects in the same order.
    private static func difference(_ ours: [JSONValue], _ theirs: [JSONValue]) -> String? {
        for (index, (mine, its)) in zip(ours, theirs).enumerated() where !isSame(mine, its) {
            return "object \(index) differs: ours\n\(YAML.emit(sorted(mine)))kubectl's\n\(YAML.emit(sorted(its)))"
        }
        guard ours.count == theirs.count else {
            return
                "ours are \(ours.count) objects and kubectl's \(theirs.count): \(ours.map(name)), \(theirs.map(name))"
        }
        return nil
    }

    private static func name(_ object: JSONValue) -> String {
        (object["kind"]?.stringValue ?? "?") + "/" + (object["metadata"]?["name"]?.stringValue ?? "?")
    }

    /// Numbers by their value: kustomize takes some through a double.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(isSame)
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
        default:
            if left == right { return true }
            guard let left = number(left), let right = number(right) else { return false }
            return left == right
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .number(let text): Double(text)
        default: nil
        }
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): .array(items.map(sorted))
        case .object(let members):
            .object(JSONObject(members.sorted { $0.key < $1.key }.map { (key: $0.key, value: sorted($0.value)) }))
        default: value
        }
    }
}
