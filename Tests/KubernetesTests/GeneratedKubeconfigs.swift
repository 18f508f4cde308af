// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// Several kubeconfigs that name the same few things, with what they refer to, as a seed makes them.
struct GeneratedKubeconfigs {
    private static let names = ["a", "b", "c", "d"]
    private static let pem = "-----BEGIN CERTIFICATE-----\n%@\n-----END CERTIFICATE-----\n"

    let folder: KubeconfigFolder
    /// What `$KUBECONFIG` is to say.
    private(set) var list: [String] = []
    private var generator: SeededGenerator

    init(seed: UInt64) throws {
        folder = try KubeconfigFolder()
        generator = SeededGenerator(seed: seed)
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            let name = generator.pick(from: ["", "x/", "x/y/"]) + "config-\(number)"
            // Now and then one that is not there, or that is listed twice.
            if !chance(8) { try write(name, number) }
            list.append(folder.path + "/" + name)
        }
        if chance(6), let first = list.first { list.append(first) }
        if chance(6) { list.insert("", at: 0) }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    private mutating func write(_ name: String, _ number: Int) throws {
        if chance(12) {
            return try folder.write(name, generator.pick(from: ["", "# nothing\n", "---\n", "kind: Config\n"]))
        }
        let parent = (name as NSString).deletingLastPathComponent
        var text = generator.pick(from: ["apiVersion: v1\nkind: Config\n", "", "preferences: {}\n", "apiVersion: ''\n"])
        if !chance(4) { text += "current-context: \(generator.pick(from: Self.names + ["''", "null", "zz"]))\n" }
        text += try list("clusters", "cluster", parent) { try $0.cluster(number, $1, parent) }
        text += try list("users", "user", parent) { try $0.user(number, $1, parent) }
        text += try list("contexts", "context", parent) { generator, _ in generator.context() }
        try folder.write(name, text)
    }

    private mutating func list(
        _ field: String,
        _ member: String,
        _ parent: String,
        _ entry: (inout GeneratedKubeconfigs, String) throws -> [String]
    ) throws -> String {
        if chance(10) { return generator.pick(from: ["", "\(field): null\n", "\(field): []\n"]) }
        var text = "\(field):\n"
        for name in Self.names where !chance(3) {
            let fields = try entry(&self, name)
            text += "- name: \(name)\n"
            text +=
                fields.isEmpty
                ? generator.pick(from: ["", "  \(member): {}\n", "  \(member): null\n"])
                : "  \(member):\n" + fields.map { "    \($0)\n" }.joined()
        }
        return text == "\(field):\n" ? "\(field): []\n" : text
    }

    private mutating func cluster(_ number: Int, _ name: String, _ parent: String) throws -> [String] {
        if chance(8) { return [] }
        var fields: [String] = []
        if !chance(8) {
            fields.append(
                "server: https://\(name)-\(number).example.com\(generator.pick(from: ["", ":6443", "/base", "/"]))"
            )
        }
        if chance(3) { fields.append("tls-server-name: \(generator.pick(from: ["other", "''", "null"]))") }
        if chance(3) {
            fields.append("proxy-url: \(generator.pick(from: ["http://proxy:3128", "''", "socks5://u:p@proxy"]))")
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: fields.append("certificate-authority: \(try file(number, name, parent, "ca"))")
        case 1: fields.append("certificate-authority-data: \(data("\(name)\(number)"))")
        case 2: fields.append("insecure-skip-tls-verify: \(generator.pick(from: ["true", "false", "null"]))")
        default: break
        }
        if chance(6) { fields.append("unknown-field: {a: [1, 2]}") }
        return fields
    }

    private mutating func user(_ number: Int, _ name: String, _ parent: String) throws -> [String] {
        var fields: [String] = []
        if chance(5) { fields += ["as: somebody", "as-groups: [\(name), more]", "as-user-extra: {scope: [x]}"] }
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: fields.append("token: token-\(name)-\(number)")
        case 1: fields.append("tokenFile: \(try file(number, name, parent, "token"))")
        case 2: fields += ["username: user-\(name)", "password: '\(number)'", "token: ''"]
        case 3:
            fields += [
                "client-certificate: \(try file(number, name, parent, "crt"))",
                "client-key-data: \(data("key\(number)"))",
            ]
        case 4:
            fields += [
                "exec:", "  command: \(generator.pick(from: ["plugin", "./plugin", "../plugin", "/bin/plugin"]))",
                "  apiVersion: client.authentication.k8s.io/v1beta1",
                "  args: \(generator.pick(from: ["null", "[a, '\(number)']"]))",
            ]
        default: break
        }
        return fields
    }

    private mutating func context() -> [String] {
        if chance(10) { return [] }
        var fields = ["cluster: \(generator.pick(from: Self.names + ["''"]))"]
        if !chance(8) { fields.append("user: \(generator.pick(from: Self.names + ["''", "null"]))") }
        if chance(2) { fields.append("namespace: \(generator.pick(from: Self.names + ["''"]))") }
        return fields
    }

    /// Writes a file beside, above or below the kubeconfig, and names it in one of many ways.
    private mutating func file(_ number: Int, _ name: String, _ parent: String, _ kind: String) throws -> String {
        let path = generator.pick(from: ["", "sub/"]) + "\(kind)-\(name)-\(number)"
        try folder.write((parent.isEmpty ? "" : parent + "/") + path, String(format: Self.pem, "\(name)\(number)"))
        let whole = folder.path + "/" + (parent.isEmpty ? "" : parent + "/") + path
        return generator.pick(from: [path, "./" + path, "./nothing/../" + path, whole])
    }

    private func data(_ text: String) -> String {
        Data(String(format: Self.pem, text).utf8).base64EncodedString()
    }
}
