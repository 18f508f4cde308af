// SPDX-License-Identifier: Apache-2.0

/// A regular expression of RE2's syntax, without what is named in the errors of its parser.
///
/// Matching simulates the automaton for all threads at once (Thompson, 1968), so that its time is linear in the text
/// and in the expression, whatever both are.
struct RegularExpression: Sendable {
    enum Instruction: Sendable {
        case scalar(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case atStart
        case atEnd
        case match
    }

    private let program: [Instruction]

    /// Limits the program, and with it the time that one character of the text takes.
    private static let longestProgram = 1_000

    /// - Throws: `invalid` for what is no expression, `unsupported` for what this one does not know.
    init(_ pattern: String) throws(Refusal) {
        var parser = RegularExpressionParser(pattern)
        var compiler = Compiler(limit: Self.longestProgram)
        try compiler.add(try parser.parse())
        program = compiler.program + [.match]
    }

    /// Whether the whole text matches.
    func matches(_ text: String) -> Bool { run(text, isAnchored: true) }

    /// Whether some part of the text matches.
    func isFound(in text: String) -> Bool { run(text, isAnchored: false) }

    private func run(_ text: String, isAnchored: Bool) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var threads = ThreadList(count: program.count)
        var next = ThreadList(count: program.count)
        for position in 0...scalars.count {
            if position == 0 || !isAnchored { add(0, to: &threads, position, scalars.count) }
            let isEnd = position == scalars.count
            if threads.isMatched, !isAnchored || isEnd { return true }
            guard !isEnd else { return false }
            next.removeAll()
            for thread in threads.places {
                guard case .scalar(let set) = program[thread], set.contains(scalars[position]) else { continue }
                add(thread + 1, to: &next, position + 1, scalars.count)
            }
            swap(&threads, &next)
        }
        return false
    }

    /// Follows all that needs no character. A stack of its own, since programs may be long.
    private func add(_ place: Int, to threads: inout ThreadList, _ position: Int, _ end: Int) {
        var open = [place]
        while let place = open.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .scalar: break
            case .split(let first, let second): open += [second, first]
            case .jump(let target): open.append(target)
            case .atStart: if position == 0 { open.append(place + 1) }
            case .atEnd: if position == end { open.append(place + 1) }
            case .match: threads.isMatched = true
            }
        }
    }

    private struct ThreadList {
        private(set) var places: [Int] = []
        private var isIn: [Bool]
        var isMatched = false

        init(count: Int) {
            isIn = Array(repeating: false, count: count)
        }

        mutating func insert(_ place: Int) -> Bool {
            guard !isIn[place] else { return false }
            isIn[place] = true
            places.append(place)
            return true
        }

        mutating func removeAll() {
            for place in places { isIn[place] = false }
            places.removeAll(keepingCapacity: true)
            isMatched = false
        }
    }
}

/// Characters that one place of an expression takes.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<Unicode.Scalar>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar) } != isNegated
    }

    /// `.` takes all but a line feed.
    static let any = ScalarSet(ranges: ["\n"..."\n"], isNegated: true)
}

/// What an expression is made of.
indirect enum RegularExpressionNode {
    case empty
    case set(ScalarSet)
    case start
    case end
    case sequence([RegularExpressionNode])
    case alternatives([RegularExpressionNode])
    /// `nil` has no end.
    case repetition(RegularExpressionNode, Int, Int?)
}

private struct Compiler {
    private(set) var program: [RegularExpression.Instruction] = []
    private let limit: Int
    /// Repetitions of nothing add nothing, and cost time all the same.
    private var steps = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ node: RegularExpressionNode) throws(Refusal) {
        steps += 1
        guard program.count < limit, steps < 10 * limit else { throw .invalid("the regular expression is too large") }
        switch node {
        case .empty: break
        case .set(let set): program.append(.scalar(set))
        case .start: program.append(.atStart)
        case .end: program.append(.atEnd)
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .alternatives(let nodes): try addAlternatives(nodes[...])
        case .repetition(let node, let least, let most): try addRepetition(node, least, most)
        }
    }

    private mutating func addAlternatives(_ nodes: ArraySlice<RegularExpressionNode>) throws(Refusal) {
        var jumps: [Int] = []
        for (offset, node) in nodes.enumerated() {
            guard offset < nodes.count - 1 else {
                try add(node)
                break
            }
            let split = reserve()
            try add(node)
            jumps.append(reserve())
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func addRepetition(_ node: RegularExpressionNode, _ least: Int, _ most: Int?) throws(Refusal) {
        for _ in 0..<least { try add(node) }
        guard let most else {
            let split = reserve()
            try add(node)
            program.append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(reserve())
            try add(node)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    /// A place that is filled when its target is known.
    private mutating func reserve() -> Int {
        program.append(.jump(0))
        return program.count - 1
    }
}
