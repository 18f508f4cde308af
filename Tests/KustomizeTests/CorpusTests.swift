// SPDX-License-Identifier: Apache-2.0

import Testing

/// Trees that were made by hand for each feature, built by us and by kubectl.
@Suite struct `Both build alike` {
    @Test(arguments: Corpus.all) func `the trees about`(_ chapter: Chapter) async throws {
        let count = try await Agreement.expect(chapter.trees)
        print("\(chapter.name): \(count)")
        #expect(Set(count.refused) == chapter.refused)
        #expect(Set(chapter.trees.map(\.name)).count == chapter.trees.count)
    }
}

/// The trees about one feature.
struct Chapter: Sendable, CustomTestStringConvertible {
    let name: String
    /// The names of those that both refuse.
    let refused: Set<String>
    let trees: [Tree]
    var testDescription: String { name }
}

enum Corpus {
    static let all: [Chapter] = [
        resources, names, labels, images, generators, merges, patches, replacements, components, sorting, odds,
    ]
}
