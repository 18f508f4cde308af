// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes
internal import TaffrailAPI

/// Puts the variables of an Environment into manifests, where these say `${var.NAME}`.
///
/// A value that is nothing but a reference takes the variable's type; within a longer text, the variable's text is put in. `$${var.` stands for `${var.` itself. The
/// syntax is none of a shell's, so that scripts and other templates stay as they are. What was put in is not looked at again, and a name that the Environment does
/// not declare is an error: there are no defaults, and nothing becomes empty by a slip. Keys are left alone.
struct Variables: Sendable, Hashable {
    /// What the texts that are put into all manifests may have together, in bytes.
    private static let mostAdded = 64 << 20
    /// What those may have that are put into one: no cluster keeps an object as large.
    private static let mostAddedToOne = 2 << 20

    private static let opening = "${var."

    private let values: [String: JSONValue]

    init(_ values: [String: JSONValue]) {
        self.values = values
    }

    var json: JSONValue { .object(JSONObject(values.map { (key: $0.key, value: $0.value) })) }

    private struct Fault: Error {
        let message: String
    }

    /// The text between `${var.` and `}`, and what stands around it.
    private enum Part {
        case text(String)
        case name(String)
    }

    /// - Parameter added: what was put in so far, in bytes.
    /// - Returns: `nil` if a reference is wrong, which is reported.
    func substituted(in manifest: Manifest, added: inout Int, _ report: inout RenderReport) -> Manifest? {
        guard Self.mayRefer(manifest.value) else { return manifest }
        var walk = Walk(variables: self, room: Self.mostAdded - added)
        var manifest = manifest
        if let value = walk.substituted(manifest.value, at: []) { manifest.value = value }
        for fault in walk.faults {
            report.add("bad-variable", fault.message, at: fault.tokens, of: manifest.place, object: manifest.key)
        }
        guard walk.faults.isEmpty else { return nil }
        // What is refused takes no room from the others.
        added += walk.added
        return manifest
    }

    /// A quick look, since most objects have no references.
    private static func mayRefer(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.contains(UInt8(ascii: "$"))
        case .array(let items): items.contains(where: mayRefer)
        case .object(let members):
            members.contains { mayRefer($0.value) || $0.key.utf8.contains(UInt8(ascii: "$")) }
        default: false
        }
    }

    private struct Walk {
        let variables: Variables
        var faults: [(tokens: [String], message: String)] = []
        /// What all manifests may still take.
        let room: Int
        var added = 0

        init(variables: Variables, room: Int) {
            self.variables = variables
            self.room = room
        }

        /// - Returns: `nil` if nothing changes, so that manifests without references are not copied.
        mutating func substituted(_ value: JSONValue, at tokens: [String]) -> JSONValue? {
            switch value {
            case .string(let text): return substituted(text, at: tokens)
            case .array(let items):
                var copy: [JSONValue]?
                for (index, item) in items.enumerated() {
                    guard let new = substituted(item, at: tokens + [String(index)]) else { continue }
                    copy = copy ?? items
                    copy?[index] = new
                }
                return copy.map { .array($0) }
            case .object(let members):
                var copy: JSONObject?
                for (key, item) in members {
                    if key.contains(Variables.opening) {
                        faults.append((tokens + [key], "a key cannot hold a variable: '\(key)'"))
                    }
                    guard let new = substituted(item, at: tokens + [key]) else { continue }
                    copy = copy ?? members
                    copy?[key] = new
                }
                return copy.map { .object($0) }
            default: return nil
            }
        }

        private mutating func substituted(_ text: String, at tokens: [String]) -> JSONValue? {
            guard text.contains(Variables.opening) else { return nil }
            do {
                let parts = try Variables.parts(of: text)
                if parts.count == 1, case .name(let name) = parts[0] { return try value(of: name) }
                var result = ""
                for part in parts {
                    switch part {
                    case .text(let text): result += text
                    case .name(let name): result += Variables.text(of: try value(of: name))
                    }
                }
                return .string(result)
            } catch {
                faults.append((tokens, (error as? Fault)?.message ?? String(describing: error)))
                return nil
            }
        }

        private mutating func value(of name: String) throws -> JSONValue {
            guard let value = variables.values[name] else {
                let known = variables.values.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
                throw Fault(
                    message: "the Environment has no variable '\(name)'; "
                        + (known.isEmpty ? "it has none at all" : "it has \(known)")
                )
            }
            added += value.stringValue?.utf8.count ?? 8
            guard added <= Variables.mostAddedToOne else {
                throw Fault(message: "variables add more than \(Variables.mostAddedToOne) bytes to one object")
            }
            guard added <= room else {
                throw Fault(message: "variables add more than \(Variables.mostAdded) bytes to all objects together")
            }
            return value
        }
    }

    private static func text(of value: JSONValue) -> String {
        value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
    }

    private static func parts(of text: String) throws -> [Part] {
        var parts: [Part] = []
        var plain = ""
        var rest = text[...]
        while let start = rest.firstRange(of: opening) {
            let before = rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard before.last != "$" else {
                plain += before.dropLast() + opening
                continue
            }
            plain += before
            guard let end = rest.firstIndex(of: "}"), NameSyntax.isVariableName(rest[..<end]) else {
                throw Fault(
                    message:
                        "a variable is written ${var.NAME}, with letters, digits and '_' in its name; $${var. stands for the text itself"
                )
            }
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = ""
            parts.append(.name(String(rest[..<end])))
            rest = rest[rest.index(after: end)...]
        }
        plain += rest
        if !plain.isEmpty { parts.append(.text(plain)) }
        return parts
    }
}

extension Manifest {
    /// What the object calls itself, for a finding.
    fileprivate var key: ObjectKey? {
        guard
            let type = GroupVersionKind(
                apiVersion: value["apiVersion"]?.stringValue ?? "",
                kind: value["kind"]?.stringValue ?? ""
            ),
            let name = value["metadata"]?["name"]?.stringValue
        else { return nil }
        let namespace = value["metadata"]?["namespace"]?.stringValue
        return ObjectKey(group: type.group, kind: type.kind, namespace: namespace, name: name)
    }
}
