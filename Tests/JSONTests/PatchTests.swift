// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@Suite struct PatchTests {
    /// RFC 6902, appendix A, by the numbers of its sections.
    @Test(
        arguments: [
            ("A.1", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
            (
                "A.2", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
                #"{"foo":["bar","qux","baz"]}"#
            ),
            ("A.3", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
            (
                "A.4", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#,
                #"{"foo":["bar","baz"]}"#
            ),
            (
                "A.5", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
                #"{"baz":"boo","foo":"bar"}"#
            ),
            (
                "A.6", #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
                #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
                #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
            ),
            (
                "A.7", #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
                #"{"foo":["all","cows","eat","grass"]}"#
            ),
            (
                "A.8", #"{"baz":"qux","foo":["a",2,"c"]}"#,
                #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
                #"{"baz":"qux","foo":["a",2,"c"]}"#
            ),
            (
                "A.10", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
                #"{"foo":"bar","child":{"grandchild":{}}}"#
            ),
            (
                "A.11", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
                #"{"foo":"bar","baz":"qux"}"#
            ),
            ("A.14", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
            (
                "A.16", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
                #"{"foo":["bar",["abc","def"]]}"#
            ),
            ("whole value", "[1]", #"[{"op":"replace","path":"","value":{"a":null}}]"#, #"{"a":null}"#),
            ("copy", #"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
            ("onto itself", #"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/a"}]"#, #"{"a":1}"#),
            ("numbers by value", "[1.0,100]", #"[{"op":"test","path":"","value":[1,1e2]}]"#, "[1.0,100]"),
        ]
    )
    func `a patch does what RFC 6902 says`(name: String, before: String, patch: String, after: String) throws {
        let patch = try JSONPatch(JSONValue(parsing: patch))
        #expect(try patch.applied(to: JSONValue(parsing: before)) == JSONValue(parsing: after), "\(name)")
        #expect(try JSONPatch(patch.document) == patch, "the document of the patch reads as the same patch")
    }

    @Test(
        arguments: [
            ("A.9", #"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#, .testFailed),
            ("A.12", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, .pointer),
            ("A.15", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#, .testFailed),
            ("no member", #"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#, .pointer),
            ("replace what is not there", #"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#, .pointer),
            ("behind the end", "[1]", #"[{"op":"add","path":"/2","value":1}]"#, .pointer),
            ("nothing at the end", "[1]", #"[{"op":"remove","path":"/-"}]"#, .pointer),
            ("leading zero", "[1,2]", #"[{"op":"remove","path":"/01"}]"#, .pointer),
            ("into itself", #"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/b/c"}]"#, .patch),
            ("unknown operation", "{}", #"[{"op":"merge","path":"/a","value":1}]"#, .patch),
            ("no value", "{}", #"[{"op":"add","path":"/a"}]"#, .patch),
            ("no path", "{}", #"[{"op":"remove"}]"#, .patch),
            ("no list", "{}", #"{"op":"remove","path":"/a"}"#, .patch),
        ] as [(String, String, String, JSONError.Code)]
    )
    func `a patch that does not fit is refused`(
        name: String,
        before: String,
        patch: String,
        code: JSONError.Code
    ) throws {
        let error = try #require(throws: JSONError.self, "\(name)") {
            try JSONPatch(JSONValue(parsing: patch)).applied(to: JSONValue(parsing: before))
        }
        #expect(error.code == code, "\(name)")
    }

    @Test func `an operation that fails is named`() throws {
        let patch = JSONPatch([.add(try JSONPointer("/b"), 2), .remove(try JSONPointer("/c"))])
        let error = try #require(throws: JSONError.self) { try patch.applied(to: ["a": 1]) }
        #expect(error.message == "operation 1 (remove '/c'): there is no 'c'")
    }

    /// RFC 7386, appendix A.
    @Test(
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, "\"bar\"", "\"bar\""),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ]
    )
    func `a merge patch does what RFC 7386 says`(before: String, patch: String, after: String) throws {
        let result = try JSONValue(parsing: before).mergePatched(with: JSONValue(parsing: patch))
        #expect(try result == JSONValue(parsing: after))
    }
}
