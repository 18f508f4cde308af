// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import Keys
import TestSupport
import Testing
import TransparencyLog

@Suite struct MerkleVectorTests {
    private func cases(_ folder: String) throws -> [(name: String, json: JSONValue)] {
        try Parts.require("the external test vectors", Parts.hasFixtures)
        let root = Parts.fixtures.appending(path: "merkle/\(folder)").path
        let names = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }
        return try names.filter { $0.hasSuffix(".json") }.map { name in
            (name, try JSONValue(parsing: Array(try #require(FileManager.default.contents(atPath: "\(root)/\(name)")))))
        }
    }

    private func number(_ value: JSONValue?) -> UInt64 {
        switch value {
        case .int(let number)?: UInt64(bitPattern: number)
        case .uint(let number)?: number
        default: 0
        }
    }

    private func hash(_ value: JSONValue?) -> [UInt8] { value?.stringValue.flatMap { Base64.decode($0) } ?? [] }
    private func hashes(_ value: JSONValue?) -> [[UInt8]] { (value?.arrayValue ?? []).map { hash($0) } }

    @Test func `inclusion proofs are judged as the vectors say`() throws {
        let cases = try cases("inclusion")
        #expect(cases.count == 98)
        for (name, json) in cases {
            let holds = MerkleTree.verifyInclusion(
                index: number(json["leafIdx"]),
                size: number(json["treeSize"]),
                leafHash: hash(json["leafHash"]),
                proof: hashes(json["proof"]),
                root: hash(json["root"])
            )
            #expect(holds == (json["wantErr"] == false), "\(name)")
        }
    }

    @Test func `consistency proofs are judged as the vectors say`() throws {
        let cases = try cases("consistency")
        #expect(cases.count == 98)
        for (name, json) in cases {
            let holds = MerkleTree.verifyConsistency(
                from: number(json["size1"]),
                to: number(json["size2"]),
                proof: hashes(json["proof"]),
                root1: hash(json["root1"]),
                root2: hash(json["root2"])
            )
            #expect(holds == (json["wantErr"] == false), "\(name)")
        }
    }
}
