// SPDX-License-Identifier: Apache-2.0

import Kustomize
import TestSupport
import Testing

/// Trees with damaged files, and with files that were exchanged.
@Suite struct `A damaged tree` {
    @Test(arguments: 0..<16) func `is built or refused`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let trees = Corpus.all.flatMap(\.trees)
        let limits = KustomizeLimits(depth: 8, folders: 50, files: 200, objects: 500, expansion: 1 << 20, problems: 20)
        for _ in 0..<250 {
            var tree = random.pick(from: trees)
            for _ in 0...Int.random(in: 0..<3, using: &random) { Self.damage(&tree, &random) }
            let build = tree.render(limits)
            #expect(build.problems.count <= limits.problems)
            #expect(build.problems.isEmpty || build.objects.isEmpty)
            #expect(build.readPaths.isSubset(of: tree.files.keys))
            for problem in build.problems { #expect(!problem.message.isEmpty && !problem.rule.isEmpty) }
        }
    }

    private static func damage(_ tree: inout Tree, _ random: inout SeededGenerator) {
        let paths = tree.files.keys.sorted()
        let path = random.pick(from: paths)
        guard var bytes = tree.files[path], !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.insert(random.pick(from: Array("{}[],:-?&*!|>'\"%\t\n #<~".utf8)), at: position)
        case 3: bytes.removeSubrange(position..<min(position + 3, bytes.count))
        case 4: bytes.insert(contentsOf: random.pick(from: words).utf8, at: position)
        case 5: bytes = replacedWord(bytes, &random)
        case 6:
            tree.files[path] = tree.files[random.pick(from: paths)]
            return
        default:
            let end = min(position + Int.random(in: 1..<40, using: &random), bytes.count)
            bytes.insert(contentsOf: Array(bytes[position..<end]), at: Int.random(in: 0..<bytes.count, using: &random))
        }
        tree.files[path] = bytes
    }

    private static let words = [
        "null", "$patch: delete", "[]", "{}", "name: ", "..", "*", "(", "[a=", "- ", "metadata: 1\n", "spec: x\n",
        "kind: List\nitems: 1\n", "resources: [.]\n", "\n---\n",
    ]

    /// Puts a value of another type behind a colon.
    private static func replacedWord(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        guard !colons.isEmpty else { return bytes }
        let colon = random.pick(from: colons)
        let end =
            bytes[colon...].firstIndex { [UInt8(ascii: "\n"), UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) }
            ?? bytes.count
        let word = random.pick(from: [" null", " 1", " [1]", " {a: b}", " x", " true", " [null]", " [{}]"])
        return Array(bytes[...colon]) + Array(word.utf8) + Array(bytes[end...])
    }
}
