// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import TestSupport
import Testing

/// Where in a list the elements of a set are.
@Suite struct PlacesTests {
    /// The rule, word for word: the first item that says something for a key, and nothing else for any.
    private static func position(of keys: JSONObject, in items: [JSONValue]) -> Int? {
        items.firstIndex { item in
            let own = keys.filter { item[$0.key] != nil }
            return !own.isEmpty && own.allSatisfy { item[$0.key] == $0.value }
        }
    }

    private static func item(_ generator: inout SeededGenerator) -> JSONValue {
        var item: JSONValue = ["other": .int(.random(in: 0...9, using: &generator))]
        if Int.random(in: 0..<8, using: &generator) > 0 { item["port"] = .int(.random(in: 0...30, using: &generator)) }
        if Bool.random(using: &generator) { item["protocol"] = Bool.random(using: &generator) ? "TCP" : "UDP" }
        return Int.random(in: 0..<20, using: &generator) == 0 ? "no object" : item
    }

    @Test(arguments: 0..<100)
    func `long and short lists are looked through by the same rule`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let items = (0..<Int.random(in: 0...80, using: &generator)).map { _ in Self.item(&generator) }
        let keys: [JSONObject] = (0..<40).flatMap { port -> [JSONObject] in
            [["port": .int(port), "protocol": "TCP"], ["protocol": "UDP", "port": .int(port)], ["port": .int(port)]]
        }
        let elements = keys.map { FieldSet.Element.item(keys: $0) }
        let places = FieldSet.Places(of: elements, in: .array(items))
        for (keys, element) in zip(keys, elements) {
            #expect(places.position(of: element) == Self.position(of: keys, in: items), "\(keys) in \(items)")
        }
        let values = items + ["TCP", 7, .null]
        let set = FieldSet.Places(of: values.map { .value($0) }, in: .array(items))
        for value in values { #expect(set.position(of: .value(value)) == items.firstIndex(of: value)) }
        #expect(set.position(of: .index(0)) == (items.isEmpty ? nil : 0) && set.position(of: .field("port")) == nil)
    }

    @Test func `a list of twenty thousand items is cut at every second one`() throws {
        let names = (0..<20_000).map { "item-\($0)" }
        let object: JSONValue = ["list": .array(names.map { ["name": .string($0), "value": 1] })]
        let odd = names.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let nodes: JSONObject = JSONObject(odd.map { (key: "k:{\"name\":\"\($0)\"}", value: [".": [:]]) })
        let set = try #require(FieldSet(["f:list": .object(nodes)]))
        let rest = set.removed(from: object)["list"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
        #expect(rest == names.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        #expect(set.pointers(in: object).count == odd.count)
        #expect(set.part(at: set.pointers(in: object), of: object) == set)
    }
}
