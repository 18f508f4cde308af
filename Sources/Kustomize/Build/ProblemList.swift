// SPDX-License-Identifier: Apache-2.0

/// The problems of one build, as they are found.
final class ProblemList {
    private(set) var all: [KustomizeProblem] = []
    /// How many were found, with those that were told before and those beyond the limit.
    private(set) var count = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { count == 0 }

    /// The same problem of a folder that is included twice is told once.
    /// - Parameter problem: made only if there is room for it, since its place costs reading a file once more.
    func report(_ problem: @autoclosure () -> KustomizeProblem) {
        count += 1
        guard all.count < limit else { return }
        let problem = problem()
        if !all.contains(problem) { all.append(problem) }
    }

    /// Reports what `body` throws; `nil` if it does.
    func collecting<Result>(_ body: () throws(KustomizeProblem) -> Result) -> Result? {
        do throws(KustomizeProblem) {
            return try body()
        } catch {
            report(error)
            return nil
        }
    }
}
