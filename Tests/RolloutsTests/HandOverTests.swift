// SPDX-License-Identifier: Apache-2.0

import Change
import Rollouts
import Testing

@Suite struct HandOverTests {
    struct Row: Sendable {
        /// Where the Service points; `nil` without one.
        let service: String?
        var last: String?
        let workloads: [String: Health]
        let phase: HandOver.Phase
        let serving: String?
        /// Where the Service is made to point.
        let traffic: String?
        let kept: Set<String>
    }

    private static let withService = [
        Row(service: nil, workloads: [:], phase: .preparing, serving: nil, traffic: "new", kept: []),
        Row(
            service: nil,
            workloads: ["new": .failed],
            phase: .failed,
            serving: nil,
            traffic: "new",
            kept: []
        ),
        Row(
            service: nil,
            workloads: ["old": .failed, "new": .inProgress],
            phase: .preparing,
            serving: nil,
            traffic: "new",
            kept: ["old"]
        ),
        // Somebody turned the Service to a revision that does not run.
        Row(
            service: "none",
            last: "old",
            workloads: ["old": .current, "older": .current, "new": .inProgress],
            phase: .preparing,
            serving: "old",
            traffic: "old",
            kept: ["old", "older"]
        ),
        Row(
            service: "none",
            last: "none",
            workloads: ["old": .current, "new": .failed],
            phase: .failed,
            serving: "old",
            traffic: "old",
            kept: ["old"]
        ),
        Row(
            service: "none",
            last: "none",
            workloads: ["new": .inProgress],
            phase: .preparing,
            serving: nil,
            traffic: nil,
            kept: []
        ),
        // Somebody deleted the Service while a new revision is coming up, or has failed.
        Row(
            service: nil,
            last: "old",
            workloads: ["old": .current, "older": .current, "new": .inProgress],
            phase: .preparing,
            serving: "old",
            traffic: "old",
            kept: ["old", "older"]
        ),
        Row(
            service: nil,
            last: "new",
            workloads: ["old": .current, "new": .current],
            phase: .retiring,
            serving: "new",
            traffic: "new",
            kept: []
        ),
        Row(
            service: "old",
            workloads: ["old": .current],
            phase: .preparing,
            serving: "old",
            traffic: nil,
            kept: ["old"]
        ),
        Row(
            service: "old",
            workloads: ["old": .current, "new": .inProgress],
            phase: .preparing,
            serving: "old",
            traffic: nil,
            kept: ["old"]
        ),
        Row(
            service: "old",
            workloads: ["old": .current, "new": .current],
            phase: .switching,
            serving: "new",
            traffic: "new",
            kept: ["old"]
        ),
        Row(
            service: "old",
            workloads: ["old": .current, "new": .failed],
            phase: .failed,
            serving: "old",
            traffic: nil,
            kept: ["old"]
        ),
        Row(
            service: "new",
            workloads: ["old": .current, "new": .current],
            phase: .retiring,
            serving: "new",
            traffic: "new",
            kept: []
        ),
        Row(
            service: "new",
            workloads: ["old": .current, "new": .inProgress],
            phase: .preparing,
            serving: "new",
            traffic: "new",
            kept: ["old"]
        ),
        Row(
            service: "new",
            workloads: ["new": .current],
            phase: .complete,
            serving: "new",
            traffic: "new",
            kept: []
        ),
    ]

    private static let withoutService = [
        Row(service: nil, workloads: [:], phase: .preparing, serving: nil, traffic: nil, kept: []),
        Row(
            service: nil,
            workloads: ["new": .current],
            phase: .complete,
            serving: "new",
            traffic: nil,
            kept: []
        ),
        Row(
            service: nil,
            workloads: ["old": .current, "new": .inProgress],
            phase: .preparing,
            serving: "old",
            traffic: nil,
            kept: ["old"]
        ),
        Row(
            service: nil,
            workloads: ["old": .current, "new": .current],
            phase: .retiring,
            serving: "new",
            traffic: nil,
            kept: []
        ),
        Row(
            service: nil,
            workloads: ["old": .current, "new": .failed],
            phase: .failed,
            serving: "old",
            traffic: nil,
            kept: ["old"]
        ),
    ]

    @Test(arguments: withService)
    func `traffic moves only to what is ready, and the old goes only after that`(row: Row) {
        check(row, hasService: true)
    }

    @Test(arguments: withoutService)
    func `without a Service a revision serves when it is ready`(row: Row) {
        check(row, hasService: false)
    }

    private func check(_ row: Row, hasService: Bool) {
        let observed = HandOver.Observed(
            servingRevision: row.service,
            lastServing: row.last,
            workloads: row.workloads
        )
        let decision = HandOver.decide(revision: "new", hasService: hasService, observed: observed)
        #expect(decision.phase == row.phase)
        #expect(decision.serving == row.serving)
        #expect(decision.traffic == row.traffic)
        #expect(decision.keptRevisions == row.kept)
    }
}
