// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kubernetes

/// What depends on what within one set of objects (`taffrail.dev/depends-on`). Pure.
struct ObjectDependencies: Sendable {
    /// For each object that depends on others, these.
    private let needs: [ObjectKey: [ObjectKey]]
    /// References that lead to no object of the set.
    private let missing: [ObjectKey: [ObjectReference]]

    /// - Parameter others: objects of the set that are not applied, but can be depended on.
    init(_ objects: [DesiredObject], others: Set<ObjectKey> = []) {
        let asking = objects.filter { !$0.rules.dependencies.isEmpty }
        guard !asking.isEmpty else {
            (needs, missing) = ([:], [:])
            return
        }
        let byName = Dictionary(grouping: objects.map(\.key) + others) { [$0.kind, $0.name] }
        var needs: [ObjectKey: [ObjectKey]] = [:]
        var missing: [ObjectKey: [ObjectReference]] = [:]
        for object in asking {
            for reference in object.rules.dependencies {
                let found = (byName[[reference.kind, reference.name]] ?? []).filter {
                    reference.names($0, from: object.key)
                }
                needs[object.key, default: []] += found
                if found.isEmpty { missing[object.key, default: []].append(reference) }
            }
        }
        (self.needs, self.missing) = (needs, missing)
    }

    var isEmpty: Bool { needs.isEmpty }

    func needs(of key: ObjectKey) -> [ObjectKey] { needs[key] ?? [] }

    /// Why objects cannot be applied: they depend on what is not there, on each other in a ring, or on what is stopped itself.
    ///
    /// - Parameter stopped: objects that are stopped for another reason, which is told already.
    func faults(stopped: Set<ObjectKey>) -> [(key: ObjectKey, rule: String, message: String)] {
        var faults: [(key: ObjectKey, rule: String, message: String)] = []
        var stopped = stopped
        func stop(_ key: ObjectKey, _ rule: String, _ message: String) {
            guard stopped.insert(key).inserted else { return }
            faults.append((key, rule, message))
        }
        for (key, references) in missing.sorted(by: { $0.key < $1.key }) {
            let names = references.map(\.description).joined(separator: ", ")
            stop(key, "missing-dependency", "it depends on \(names), which is not applied from here")
        }
        for (key, ring) in rings.sorted(by: { $0.key < $1.key }) {
            let names = ring.map(\.description)
            let road = names.joined(separator: " → ") + (ring.last == ring.first ? "" : " → …")
            stop(key, "dependency-cycle", "it depends on itself: \(road)")
        }
        // Whoever depends on what is stopped is stopped, too, and so on.
        var open = stopped.sorted()
        let dependents = Self.reversed(needs)
        while let other = open.popLast() {
            for key in dependents[other] ?? [] where !stopped.contains(key) {
                stop(key, "dependency-refused", "it depends on \(other), which is refused")
                open.append(key)
            }
        }
        return faults
    }

    /// How many steps of others come before each object's: 0 for those that depend on nothing. Rings must have been taken out.
    func levels(of keys: some Sequence<ObjectKey>) -> [ObjectKey: Int] {
        var levels: [ObjectKey: Int] = [:]
        for start in keys { _ = level(of: start, &levels) }
        return levels
    }

    private func level(of start: ObjectKey, _ levels: inout [ObjectKey: Int]) -> Int {
        // By hand, since a chain may be longer than a stack is deep.
        var open: [ObjectKey] = [start]
        var entered: Set<ObjectKey> = []
        while let key = open.last {
            if levels[key] != nil {
                open.removeLast()
                continue
            }
            let unknown = needs(of: key).filter { levels[$0] == nil && !entered.contains($0) }
            guard unknown.isEmpty else {
                entered.insert(key)
                open += unknown
                continue
            }
            levels[key] = (needs(of: key).compactMap { levels[$0] }.max() ?? -1) + 1
            open.removeLast()
        }
        return levels[start] ?? 0
    }

    /// For each object that a way leads back to, such a way.
    private var rings: [ObjectKey: [ObjectKey]] {
        // From both ends, what no way leads on from is taken away; rings are left, and what lies between two of them.
        let left = Self.peeled(Self.reversed(Self.peeled(needs)))
        // Reversed twice, they point the right way again.
        let graph = Self.reversed(left.mapValues { others in others.filter { left[$0] != nil } })
        return graph.keys.reduce(into: [:]) { rings, key in rings[key] = ring(from: key, in: graph) }
    }

    private static func reversed(_ graph: [ObjectKey: [ObjectKey]]) -> [ObjectKey: [ObjectKey]] {
        graph.reduce(into: [:]) { result, item in
            for other in item.value { result[other, default: []].append(item.key) }
        }
    }

    /// A graph without the objects that, one after the other, lead nowhere (Kahn's algorithm).
    private static func peeled(_ graph: [ObjectKey: [ObjectKey]]) -> [ObjectKey: [ObjectKey]] {
        let sources = reversed(graph)
        var degrees = graph.mapValues(\.count)
        var open = sources.keys.filter { degrees[$0] == nil } + degrees.filter { $0.value == 0 }.map(\.key)
        while let key = open.popLast() {
            degrees[key] = nil
            for source in sources[key] ?? [] {
                guard let degree = degrees[source] else { continue }
                degrees[source] = degree - 1
                if degree == 1 { open.append(source) }
            }
        }
        return graph.filter { degrees[$0.key] != nil }.mapValues { others in others.filter { degrees[$0] != nil } }
    }

    /// As long as a message may be.
    private static let longestRoad = 20

    private func ring(from start: ObjectKey, in graph: [ObjectKey: [ObjectKey]]) -> [ObjectKey] {
        var road = [start]
        var seen: Set<ObjectKey> = [start]
        while let next = graph[road[road.count - 1]]?.min(), road.count < Self.longestRoad {
            road.append(next)
            guard seen.insert(next).inserted else { break }
        }
        return road
    }
}
