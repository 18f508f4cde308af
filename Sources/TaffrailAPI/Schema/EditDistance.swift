// SPDX-License-Identifier: Apache-2.0

/// How far a word is from another one, for "did you mean": letters that are put in, taken out, changed, or swapped with the next.
package enum EditDistance {
    /// Longer words are no slips of the pen.
    private static let longest = 64

    /// The candidate that was probably meant; `nil` if none is near.
    package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().prefix(longest))
        let scored = candidates.map { (name: $0, distance: distance(letters, Array($0.lowercased().prefix(longest)))) }
        let best = scored.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(1, word.count / 3) else { return nil }
        return best.name
    }

    /// The "optimal string alignment" distance.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
