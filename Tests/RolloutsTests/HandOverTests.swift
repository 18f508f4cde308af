// SPDX-License-Identifier: Apache-2.0

import Change
import Rollouts
import Testing

@Suite struct HandOverTests {
    struct Row: Sendable {
        let serving: String?
        let workloads: [String: Health]
        let phase: HandOver.Phase
        let movesTraffic: Bool
        let kept: Set<String>
    }

    @Test(arguments: [
        Row(serving: nil, workloads: [:], phase: .preparing, movesTraffic: true, kept: []),
        Row(serving: "old", workloads: ["old": .current], phase: .preparing, movesTraffic: false, kept: ["old"]),
        Row(
            serving: "old",
            workloads: ["old": .current, "new": .inProgress],
            phase: .preparing,
            movesTraffic: false,
            kept: ["old"]
        ),
        Row(
            serving: "old",
            workloads: ["old": .current, "new": .current],
            phase: .switching,
            movesTraffic: true,
            kept: ["old"]
        ),
        Row(
            serving: "old",
            workloads: ["old": .current, "new": .failed],
            phase: .failed,
            movesTraffic: false,
            kept: ["old"]
        ),
        Row(
            serving: "new",
            workloads: ["old": .current, "new": .current],
            phase: .retiring,
            movesTraffic: true,
            kept: []
        ),
        Row(
            serving: "new",
            workloads: ["old": .current, "new": .inProgress],
            phase: .preparing,
            movesTraffic: true,
            kept: ["old"]
        ),
        Row(serving: "new", workloads: ["new": .current], phase: .complete, movesTraffic: true, kept: []),
    ])
    func `traffic moves only to what is ready, and the old goes only after that`(row: Row) {
        let observed = HandOver.Observed(servingRevision: row.serving, workloads: row.workloads)
        let decision = HandOver.decide(revision: "new", observed: observed)
        #expect(decision.phase == row.phase)
        #expect(decision.movesTraffic == row.movesTraffic)
        #expect(decision.keptRevisions == row.kept)
    }
}
