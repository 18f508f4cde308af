// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Change
internal import Concurrency
internal import Delivery

/// Whether a command says what it does.
struct ProgressOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong,
        help: "Say nothing about what goes on meanwhile; results, warnings and errors are still told."
    )
    var quiet = false

    func begin() -> Progress {
        Progress(quiet ? .none : Terminal.updatesStatus ? .line : .lines)
    }
}

/// Tells on standard error what goes on, while it takes long.
final class Progress: Sendable {
    enum Style: Sendable {
        case none
        /// One line that is written over: for a terminal.
        case line
        /// A line for each step, and now and then one within a long step: for a file or a CI system.
        case lines
    }

    private let style: Style
    private let pace: Locked<ProgressPace>

    init(_ style: Style) {
        self.style = style
        pace = Locked(ProgressPace(pause: style == .line ? .milliseconds(100) : .seconds(10)))
    }

    /// Says something that stays.
    func tell(_ text: String) {
        guard style != .none else { return }
        pace.withLock { pace in
            clear(&pace)
            Terminal.note(text)
        }
    }

    /// Says where a walk down the road is, unless that was just said.
    func note(_ step: RoadStep) {
        guard style != .none else { return }
        pace.withLock { pace in
            guard pace.isDue(step, now: .now) else { return }
            let text = ProgressText.of(step)
            if style == .line {
                Terminal.status(text)
                pace.hasLine = true
            } else {
                Terminal.note(text)
            }
        }
    }

    /// Takes the line away, so that what comes next begins at the left.
    func finish() {
        pace.withLock { clear(&$0) }
    }

    private func clear(_ pace: inout ProgressPace) {
        guard pace.hasLine else { return }
        Terminal.status("")
        pace.hasLine = false
    }
}

/// How often the same step is told again. Pure.
struct ProgressPace {
    private let pause: Duration
    private var last: (kind: Int, at: ContinuousClock.Instant)?
    /// Whether a line stands on the terminal that is to be written over.
    var hasLine = false

    init(pause: Duration) {
        self.pause = pause
    }

    /// A new kind of step is told at once, the end of one too, and in between not more often than the pause says.
    mutating func isDue(_ step: RoadStep, now: ContinuousClock.Instant) -> Bool {
        let kind = Self.kind(of: step)
        if let last, last.kind == kind, !Self.isEnd(step), last.at + pause > now { return false }
        last = (kind, now)
        return true
    }

    private static func kind(of step: RoadStep) -> Int {
        switch step {
        case .planning: 0
        case .applying: 1
        case .waiting: 2
        }
    }

    private static func isEnd(_ step: RoadStep) -> Bool {
        if case .applying(let done, let total) = step { return done == total }
        return false
    }
}

/// A step in words.
enum ProgressText {
    private static let shown = 3

    static func of(_ step: RoadStep) -> String {
        switch step {
        case .planning(let count): "planning \(count.counted("object"))"
        case .applying(let done, let total): "applying \(done) of \(total)"
        case .waiting(let open): waiting(for: open)
        }
    }

    private static func waiting(for open: [ObjectHealth]) -> String {
        let names = open.prefix(shown).map { "\($0.key) (\($0.message))" }
        let more = open.count > shown ? " and \(open.count - shown) more" : ""
        return "waiting for health of \(open.count): \(names.joined(separator: ", "))\(more)"
    }
}
