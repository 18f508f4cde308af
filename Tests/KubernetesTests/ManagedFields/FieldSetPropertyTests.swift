// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import TestSupport
import Testing

/// Laws that hold for all sets, tried on generated ones beside the plain sets of paths that they stand for.
@Suite struct FieldSetPropertyTests {
    private typealias Path = FieldSet.Path

    private static let elements: [FieldSet.Element] = [
        .field("a"), .field("b"), .field(""), .field("."), .field("f:a"), .field("\u{e9}"), .field("e\u{301}"),
        .item(keys: ["name": "a"]), .item(keys: ["name": "<a> & \u{2028}\"\\"]),
        .item(keys: ["port": 80, "protocol": "TCP"]),
        .item(keys: ["port": 9, "protocol": "TCP"]), .value("a"), .value("\u{8}\u{c}\u{1}"), .value(1), .value(-1),
        .value(.number("1.5")), .value(true), .value(.null), .value(["a": [1]]), .index(0), .index(10),
    ]

    /// Few different elements, so that sets overlap.
    private static func paths(_ generator: inout SeededGenerator) -> Set<Path> {
        let alphabet = (0..<3).map { _ in generator.pick(from: elements) }
        return Set(
            (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    generator.pick(from: Bool.random(using: &generator) ? alphabet : elements)
                }
            }
        )
    }

    private static func set(_ paths: Set<Path>) -> FieldSet { paths.reduce(FieldSet()) { $0.inserting($1) } }

    @Test(arguments: 0..<200)
    func `sets are the sets of their paths`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let left = Self.paths(&generator)
        // Some of the other's paths, too.
        let right = Self.paths(&generator).union(left.filter { _ in Bool.random(using: &generator) })
        let (a, b) = (Self.set(left), Self.set(right))
        #expect(a.union(b) == Self.set(left.union(right)))
        #expect(a.intersection(b) == Self.set(left.intersection(right)))
        #expect(a.subtracting(b) == Self.set(left.subtracting(right)))
        #expect(a.isSubset(of: b) == left.isSubset(of: right))
        #expect((a == b) == (left == right) && a.isEmpty == left.isEmpty)

        let inner = left.filter { path in left.contains { $0.count > path.count && $0.starts(with: path) } }
        #expect(Set(a.leaves) == left.subtracting(inner))
        let path = generator.pick(from: Array(left) + [[.field("a")]])
        #expect(a.removing(path) == Self.set(left.filter { !$0.starts(with: path) }))
    }

    @Test(arguments: 0..<200)
    func `the laws of sets hold`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (a, b, c) = (
            Self.set(Self.paths(&generator)), Self.set(Self.paths(&generator)), Self.set(Self.paths(&generator))
        )
        #expect(a.union(b) == b.union(a) && a.union(b).union(c) == a.union(b.union(c)))
        #expect(a.union(a) == a && a.union(FieldSet()) == a && a.subtracting(a).isEmpty)
        #expect(a.subtracting(b).union(b) == a.union(b) && a.subtracting(b).intersection(b).isEmpty)
        #expect(a.subtracting(b).union(a.intersection(b)) == a)
        #expect(a.isSubset(of: a.union(b)) && a.intersection(b).isSubset(of: a))
        #expect(a.subtracting(b.union(c)) == a.subtracting(b).subtracting(c))
    }

    @Test(arguments: 0..<200)
    func `a set that is printed and parsed is itself`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let set = Self.set(Self.paths(&generator))
        let text = set.json.serialized()
        let read = try #require(FieldSet(try JSONValue(parsing: text)))
        #expect(read == set && read.hashValue == set.hashValue && read.json.serialized() == text)
    }

    // MARK: - In objects

    /// An object and all that is in it, as who made it would own it.
    private static func object(_ generator: inout SeededGenerator, depth: Int) -> (JSONValue, [Path]) {
        var object: JSONObject = [:]
        var paths: [Path] = []
        for name in ["a", "b/c", "~", "0"] where Bool.random(using: &generator) {
            let (value, below) = value(&generator, depth: depth)
            object[name] = value
            paths += ([[]] + below).map { [.field(name)] + $0 }
        }
        return (.object(object), paths)
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> (JSONValue, [Path]) {
        let names = ["x", "y", "z"].shuffled(using: &generator)
        switch depth == 0 ? 0 : Int.random(in: 0...3, using: &generator) {
        case 0: return ("scalar", [])
        case 1: return object(&generator, depth: depth - 1)
        case 2: return (.array(names.map { .string($0) }), names.map { [.value(.string($0))] })
        default:
            var items: [JSONValue] = []
            var paths: [Path] = []
            for name in names {
                var (item, below) = object(&generator, depth: depth - 1)
                item["name"] = .string(name)
                items.append(item)
                below.append([.field("name")])
                paths += ([[]] + below).map { [.item(keys: ["name": .string(name)])] + $0 }
            }
            return (.array(items), paths)
        }
    }

    @Test(arguments: 0..<200)
    func `leaves are found in the object, and are gone where they are removed`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (object, paths) = Self.object(&generator, depth: 2)
        let all = Self.set(Set(paths))
        let pointers = all.pointers(in: object)
        #expect(pointers.count == all.leaves.count && Set(pointers).count == pointers.count)
        #expect(pointers.allSatisfy { object[$0] != nil })
        #expect(all.removed(from: object) == [:] && FieldSet().removed(from: object) == object)
        #expect(all.part(at: pointers, of: object).leaves == all.leaves)

        // Some of the leaves, without what is around them and without what items of lists are found by.
        let some = Self.set(
            Set(all.leaves.filter { $0.last != .field("name") && Bool.random(using: &generator) })
        )
        let rest = some.removed(from: object)
        #expect(some.pointers(in: rest).isEmpty)
        let others = all.subtracting(some)
        #expect(others.pointers(in: rest).count == others.leaves.count)
        #expect(some.part(at: some.pointers(in: object), of: object) == some)
    }
}
