// SPDX-License-Identifier: Apache-2.0

/// The problems of one build, as they are found.
final class ProblemList {
    private(set) var all: [KustomizeProblem] = []
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    /// The same problem of a folder that is included twice is told once.
    func report(_ problem: KustomizeProblem) {
        guard all.count < limit, !all.contains(problem) else { return }
        all.append(problem)
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
