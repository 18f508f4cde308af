// SPDX-License-Identifier: Apache-2.0

/// Which files below an Environment's path are not manifests: the rules of a `.taffrailignore`.
///
/// The syntax is the part of `.gitignore` that needs no working tree: comments, `!` to take a file back in, a leading or inner `/` to
/// anchor, a trailing `/` for folders, `*`, `?` and `**`. The last rule that matches decides.
package struct IgnoreRules: Sendable {
    /// The name of the file, at the root of the Environment's path.
    package static let fileName = ".taffrailignore"

    private let rules: [Rule]

    package init(_ text: String = "") {
        rules = text.split(whereSeparator: \.isNewline).compactMap { Rule(String($0)) }
    }

    /// - Parameter path: relative to the folder that holds the rules, without a leading slash.
    package func ignores(_ path: String) -> Bool {
        let components = path.split(separator: "/").map(String.init)
        // A folder that is ignored takes everything below it along.
        return (1...max(1, components.count)).contains { depth in
            decides(Array(components.prefix(depth)), isFolder: depth < components.count)
        }
    }

    private func decides(_ components: [String], isFolder: Bool) -> Bool {
        let rule = rules.last { $0.matches(components, isFolder: isFolder) }
        return rule.map { !$0.takesBackIn } ?? false
    }

    private struct Rule {
        let takesBackIn: Bool
        let foldersOnly: Bool
        let components: [String]

        init?(_ line: String) {
            var text = Substring(line)
            while text.last == " " || text.last == "\t" { text.removeLast() }
            guard !text.isEmpty, text.first != "#" else { return nil }
            takesBackIn = text.first == "!"
            if takesBackIn { text.removeFirst() }
            foldersOnly = text.last == "/"
            if foldersOnly { text.removeLast() }
            let isAnchored = text.contains("/")
            let parts = text.split(separator: "/").map(String.init)
            guard !parts.isEmpty else { return nil }
            components = isAnchored ? parts : ["**"] + parts
        }

        func matches(_ path: [String], isFolder: Bool) -> Bool {
            guard isFolder || !foldersOnly else { return false }
            // For each beginning of the path, whether the beginning of the pattern matches it: no pattern makes this more than a product.
            var reached = [Bool](repeating: false, count: path.count + 1)
            reached[0] = true
            for part in components {
                var next = [Bool](repeating: false, count: path.count + 1)
                if part == "**" {
                    var isReached = false
                    for index in next.indices {
                        isReached = isReached || reached[index]
                        next[index] = isReached
                    }
                } else {
                    for index in path.indices where reached[index] {
                        next[index + 1] = Wildcard.matches(Array(part.utf8), Array(path[index].utf8))
                    }
                }
                reached = next
            }
            return reached[path.count]
        }
    }
}

/// `*` and `?` within one path component, in linear time but for the one step back that the last `*` needs.
private enum Wildcard {
    static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var patternIndex = 0
        var textIndex = 0
        var resume: (pattern: Int, text: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.count, pattern[patternIndex] == star {
                patternIndex += 1
                resume = (patternIndex, textIndex)
            } else if patternIndex < pattern.count,
                pattern[patternIndex] == text[textIndex] || pattern[patternIndex] == UInt8(ascii: "?")
            {
                patternIndex += 1
                textIndex += 1
            } else if let (pattern, text) = resume {
                patternIndex = pattern
                textIndex = text + 1
                resume = (pattern, text + 1)
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == star }
    }
}
