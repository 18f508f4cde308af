// SPDX-License-Identifier: Apache-2.0

import JSON
import Kubernetes
import Testing

@Suite struct FieldSetTests {
    private func set(_ text: String) throws -> FieldSet { try #require(FieldSet(try JSONValue(parsing: text))) }

    // MARK: - Text

    /// `fieldsV1` of objects as API servers wrote them (1.20 and 1.36).
    static let written = [
        "{}",
        #"{"f:data":{".":{},"f:a":{},"f:b":{}},"f:metadata":{"f:finalizers":{".":{},"v:\"example.com/x\"":{}}}}"#,
        """
        {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:containers":\
        {"k:{\\"name\\":\\"x\\"}":{".":{},"f:env":{"k:{\\"name\\":\\"E\\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},\
        "f:name":{},"f:ports":{"k:{\\"containerPort\\":9,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}},\
        "k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}}}},"k:{\\"name\\":\\"y\\"}":{".":{},"f:args":{}}}}}}}
        """,
        #"{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{"f:status":{}}}}}"#,
        // A field without a name, one that is called like the mark of a member, values that Go escapes, and one letter in two spellings.
        """
        {"f:spec":{".":{},"f:lines":{"v:\\"\\\\u2028\\"":{}},"f:map":{".":{},"f:":{},"f:.":{},"f:k":{}},"f:nums":{".":{},"v:-3":{},"v:1":{},"v:1.5":{},"v:9":{},\
        "v:10":{},"v:1000":{},"v:1e+21":{}},"f:set":{".":{},"v:\\"a\\\\u003cb\\\\u003e\\\\u0026\\"":{},"v:\\"b/c\\"":{},\
        "v:\\"e\u{301}\\"":{},"v:\\"q\\\\\\"\\\\\\\\\\"":{},"v:\\"tab\\\\tbell\\\\u0007\\\\u0008\\\\u000c\\"":{},"v:\\"x y\\"":{},\
        "v:\\"\u{e9}\\"":{}}}}
        """,
        #"{"f:spec":{"f:list":{"i:0":{},"i:2":{"f:a":{}},"i:10":{}},"f:mixed":{"v:1":{},"v:\"1\"":{},"v:true":{},"v:null":{}}}}"#,
    ]

    @Test(arguments: written)
    func `what a server wrote is written back to the byte`(text: String) throws {
        #expect(String(decoding: try set(text).json.serialized(), as: UTF8.self) == text)
    }

    @Test func `the order of members and keys does not count, the bytes of a name do`() throws {
        let left = try set(#"{"f:b":{},"f:a":{"k:{\"p\":1,\"q\":2}":{},".":{}}}"#)
        let right = try set(#"{"f:a":{".":{},"k:{\"q\":2,\"p\":1}":{}},"f:b":{}}"#)
        #expect(left == right && left.hashValue == right.hashValue)
        #expect(left.json.serialized() == right.json.serialized())
        #expect(try set("{\"f:\u{e9}\":{}}") != set("{\"f:e\u{301}\":{}}"))
        #expect(try set("{\"f:\u{301}\":{}}").json == ["f:\u{301}": [:]])
    }

    @Test(arguments: [
        (#"{"x:new":{"f:a":{}},"f:b":{}}"#, #"{"f:b":{}}"#), (#"{"f:a":{"x:new":{}}}"#, #"{"f:a":{}}"#),
        (#"{".":{},"f:a":{}}"#, #"{"f:a":{}}"#), (#"{"f:a":{".":{}}}"#, #"{"f:a":{}}"#),
    ])
    func `what is not known, and the object itself, are left out`(text: String, rest: String) throws {
        #expect(try set(text) == set(rest))
    }

    @Test(arguments: [
        "[]", "null", #""f:a""#, #"{"f:a":null}"#, #"{"f:a":true}"#, #"{"a":{}}"#, #"{"":{}}"#, #"{"f":{}}"#,
        #"{"k:name":{}}"#, #"{"k:[]":{}}"#, #"{"k:{\"a\":1,\"a\":2}":{}}"#, #"{"v:":{}}"#, #"{"v:x":{}}"#,
        #"{"i:":{}}"#,
        #"{"i:x":{}}"#, #"{"i:99999999999999999999":{}}"#, #"{"::":{}}"#, #"{"f:a":{"f:b":{"v:{":{}}}}"#,
    ])
    func `what no server writes is no set`(text: String) throws {
        #expect(FieldSet(try JSONValue(parsing: text)) == nil)
    }

    @Test func `no depth exhausts the stack`() {
        func nested(_ depth: Int) -> JSONValue { (0..<depth).reduce([:]) { json, _ in ["f:a": json] } }
        #expect(FieldSet(nested(100))?.leaves.map(\.count) == [100])
        #expect(FieldSet(nested(10_000)) == nil)
    }

    // MARK: - Members

    @Test func `single fields are put in and taken out`() throws {
        let spec = FieldSet.Element.field("spec")
        let item = FieldSet.Element.item(keys: ["name": "web"])
        let image: FieldSet.Path = [spec, .field("containers"), item, .field("image")]
        let one = FieldSet(image)
        #expect(one.json == ["f:spec": ["f:containers": [#"k:{"name":"web"}"#: ["f:image": [:]]]]])
        #expect(FieldSet([]).isEmpty && FieldSet().inserting([]).isEmpty)

        let two = one.inserting([spec, .field("containers"), item]).inserting([spec, .field("replicas")])
        #expect(two.leaves == [image, [spec, .field("replicas")]])
        #expect(one.isSubset(of: two) && !two.isSubset(of: one))
        #expect(two.removing(image).leaves == [Array(image.dropLast()), [spec, .field("replicas")]])
        #expect(two.removing([spec, .field("containers")]).leaves == [[spec, .field("replicas")]])
        #expect(two.removing([spec]).isEmpty && two.removing([.field("data")]) == two && two.removing([]) == two)
    }

    @Test func `a map is taken without its entries, and they without it`() throws {
        let both = try set(#"{"f:data":{".":{},"f:a":{},"f:b":{}}}"#)
        #expect(try both.subtracting(set(#"{"f:data":{}}"#)) == set(#"{"f:data":{"f:a":{},"f:b":{}}}"#))
        #expect(try both.subtracting(set(#"{"f:data":{"f:a":{},"f:b":{}}}"#)) == set(#"{"f:data":{}}"#))
        #expect(try both.intersection(set(#"{"f:data":{"f:b":{},"f:c":{}}}"#)) == set(#"{"f:data":{"f:b":{}}}"#))
        #expect(try both.union(set(#"{"f:data":{"f:c":{}}}"#)).leaves.count == 3)
    }

    // MARK: - In an object

    private let pod: JSONValue = [
        "metadata": ["finalizers": ["a/b", "example.com/x"], "labels": ["a/b": "1"]],
        "spec": [
            "containers": [
                ["name": "side", "image": "s"],
                [
                    "name": "web", "image": "w",
                    "ports": [
                        ["containerPort": 80, "protocol": "UDP"],
                        ["containerPort": 80, "protocol": "TCP", "name": "http"],
                    ],
                ],
            ],
            "args": ["x", "y"], "empty": [:],
        ],
    ]

    @Test(arguments: [
        (
            #"{"f:metadata":{"f:finalizers":{".":{},"v:\"example.com/x\"":{},"v:\"none\"":{}}}}"#,
            ["/metadata/finalizers/1"]
        ),
        (#"{"f:metadata":{"f:labels":{"f:a/b":{},"f:none":{}}}}"#, ["/metadata/labels/a~1b"]),
        (#"{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{}}}}}"#, ["/spec/containers/1/image"]),
        (#"{"f:spec":{"f:containers":{"k:{\"name\":\"none\"}":{".":{},"f:image":{}}}}}"#, []),
        (
            """
            {"f:spec":{"f:containers":{"k:{\\"name\\":\\"web\\"}":{"f:ports":\
            {"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:name":{}}}}}}}
            """, ["/spec/containers/1/ports/1/name"]
        ),
        (#"{"f:spec":{"f:args":{"i:1":{},"i:2":{},"i:-1":{}},"f:empty":{}}}"#, ["/spec/args/1", "/spec/empty"]),
        (#"{"f:spec":{"v:1":{},"i:0":{},"f:args":{"f:x":{}}},"f:none":{"f:a":{}}}"#, []),
    ])
    func `leaves are found where they are now`(text: String, pointers: [String]) throws {
        #expect(try set(text).pointers(in: pod).map(\.description) == pointers)
    }

    @Test(arguments: [
        (#"{"f:a":{}}"#, #"{"a":{"x":1},"b":2}"#, #"{"b":2}"#), (#"{"f:c":{},"i:0":{}}"#, #"{"a":1}"#, #"{"a":1}"#),
        // A map goes with its last entry if it is a member, too.
        (#"{"f:a":{".":{},"f:x":{}}}"#, #"{"a":{"x":1}}"#, "{}"),
        (#"{"f:a":{"f:x":{}}}"#, #"{"a":{"x":1}}"#, #"{"a":{}}"#),
        (#"{"f:a":{".":{},"f:x":{}}}"#, #"{"a":{"x":1,"y":2}}"#, #"{"a":{"y":2}}"#),
        // A list item goes as a whole, and the others keep their order.
        (
            #"{"f:a":{"k:{\"n\":1}":{".":{},"f:n":{}},"k:{\"n\":3}":{"f:v":{}},"k:{\"n\":4}":{}}}"#,
            #"{"a":[{"n":1,"d":1},{"n":2},{"n":3,"v":1,"w":2},{"n":4},{"n":5}]}"#,
            #"{"a":[{"n":2},{"n":3,"w":2},{"n":5}]}"#
        ), (#"{"f:a":{".":{},"v:1":{},"v:\"x\"":{}}}"#, #"{"a":["x",2,1]}"#, #"{"a":[2]}"#),
        (#"{"f:a":{".":{},"v:1":{}}}"#, #"{"a":[1]}"#, "{}"),
    ])
    func `an object is seen without the fields`(text: String, object: String, rest: String) throws {
        #expect(try set(text).removed(from: JSONValue(parsing: object)) == JSONValue(parsing: rest))
    }

    @Test(arguments: [
        ([""], nil),
        (["/spec"], #"{"f:spec":{"f:a":{"f:b":{}},"f:list":{".":{},"k:{\"name\":\"x\"}":{".":{},"f:v":{}}}}}"#),
        (["/spec/a/b", "/data"], #"{"f:data":{},"f:spec":{"f:a":{"f:b":{}}}}"#),
        (["/spec/list/1"], #"{"f:spec":{"f:list":{"k:{\"name\":\"x\"}":{".":{},"f:v":{}}}}}"#),
        (["/spec/list/1/v"], #"{"f:spec":{"f:list":{"k:{\"name\":\"x\"}":{"f:v":{}}}}}"#),
        (["/spec/list/0", "/spec/list/01", "/spec/list/-", "/spec/list/x", "/none", "/spec/a/b/c"], "{}"),
    ])
    func `places of an object name what of the set is there`(pointers: [String], part: String?) throws {
        let text =
            #"{"f:data":{},"f:spec":{"f:a":{"f:b":{}},"f:list":{".":{},"k:{\"name\":\"x\"}":{".":{},"f:v":{}}}}}"#
        // A field need not be there to have its name: `data` is not.
        let object: JSONValue = ["spec": ["a": ["b": ["c": 1]], "list": [["name": "y"], ["name": "x", "v": 1]]]]
        let places = try pointers.map { try JSONPointer($0) }
        #expect(try set(text).part(at: places, of: object) == set(part ?? text))
    }
}
