// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct ViewTests {
    private let text = #"""
        {"metadata": {"name": "caf\u00e9", "labels": {}, "generation": 3, "uid": null},
         "spec": {"replicas": 3.5, "paused": true, "ports": [80, {"port": 443}, [], 9223372036854775808]}}
        """#

    @Test func `values are read in place`() throws {
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root["metadata"]?["name"]?.stringValue == "caf\u{E9}")
        #expect(root["metadata"]?["generation"]?.intValue == 3)
        #expect(root["metadata"]?["uid"]?.isNull == true)
        #expect(root["metadata"]?["labels"]?.count == 0)
        #expect(root["spec"]?["paused"]?.boolValue == true)
        #expect(root["spec"]?["ports"]?[1]?["port"]?.intValue == 443)
        #expect(root["spec"]?["ports"]?[2]?.array.isEmpty == true)
    }

    @Test func `what is absent or of another type is nil`() throws {
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root["spec"]?["replicas"]?.intValue == nil)
        #expect(root["spec"]?["ports"]?[3]?.intValue == nil)
        #expect(root["spec"]?["ports"]?[4] == nil)
        #expect(root["spec"]?["ports"]?[-1] == nil)
        #expect(root["spec"]?["ports"]?["0"] == nil)
        #expect(root["metadata"]?["nam"] == nil)
        #expect(root["metadata"]?["name"]?["x"] == nil)
        #expect(root["metadata"]?["name"]?.boolValue == nil)
    }

    @Test func `members and items come in the text's order`() throws {
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root.members.map(\.key) == ["metadata", "spec"])
        #expect(root["spec"]?["ports"]?.array.map(\.typeName) == ["integer", "object", "array", "integer"])
        #expect(root["spec"]?.members.map(\.value.typeName) == ["number", "boolean", "array"])
    }

    @Test func `a pointer leads to the same place as in a value`() throws {
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        let value = root.materialized()
        for path in ["", "/spec/ports/1/port", "/metadata/name", "/spec/ports/9", "/spec/ports/01", "/nothing/there"] {
            let pointer = try JSONPointer(path)
            #expect(root[pointer]?.materialized() == value[pointer], "\(path)")
        }
    }
}
