// SPDX-License-Identifier: Apache-2.0

import Change
import Concurrency
import Kubernetes
import Testing

@testable import Delivery

@Suite struct FightTests {
    private let key = ObjectKey(group: "", kind: "ConfigMap", namespace: "n", name: "a")
    private let other = ObjectKey(group: "", kind: "ConfigMap", namespace: "n", name: "b")
    private var fights = Fights()

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_000_000 + seconds) }

    /// Heals as often as it may.
    /// - Returns: how often that was.
    private mutating func heal(from start: Int64, times: Int, every pause: Int64 = 1) -> Int {
        (0..<times).count { turn in
            let now = at(start + Int64(turn) * pause)
            guard fights.leftAlone(of: [key], now: now).isEmpty else { return false }
            fights.healed([key], now: now)
            return true
        }
    }

    @Test mutating func `five heals a minute are done, and no more`() {
        #expect(heal(from: 0, times: 20) == 5)
        #expect(fights.isLeftAlone(key, now: at(20)))
        #expect(fights.leftAlone(of: [key, other], now: at(20)) == [key])
    }

    @Test mutating func `whoever is changed more seldom is healed for ever`() {
        #expect(heal(from: 0, times: 100, every: 13) == 100)
        #expect(fights.nextEnd(after: at(0)) == nil)
    }

    @Test mutating func `it is tried again after a minute, then after two, up to an hour`() {
        var now: Int64 = 0
        for pause: Int64 in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
            #expect(heal(from: now, times: 6) == 5)
            #expect(fights.nextEnd(after: at(now + 5)) == at(now + 5 + pause))
            #expect(fights.isLeftAlone(key, now: at(now + 4 + pause)))
            now += 5 + pause
            #expect(!fights.isLeftAlone(key, now: at(now)))
        }
    }

    @Test mutating func `after a time of peace everything is forgotten`() {
        #expect(heal(from: 0, times: 20) == 5)
        fights.healed([other], now: at(300))
        #expect(heal(from: 300, times: 6) == 5)
        #expect(fights.nextEnd(after: at(305)) == at(305 + 60))
    }
}

/// The same with a real server, and somebody who does not give up.
@Suite struct FightingTests {
    @Test func `whoever keeps changing an object back is named, and the object left alone for a while`() async throws {
        let site = try await EnvironmentSite()
        try await site.environment("targetNamespace: \(site.namespace), deletionPolicy: orphan")
        try await site.deliver(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a}
            data: {a: ours}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: b}
            data: {a: ours}
            """
        )
        func edit(_ name: String) async throws {
            let patch = #"{"data":{"a":"theirs"}}"#
            try await site.call("patch", "configmap", name, "--field-manager=intruder", "--type=merge", "-p", patch)
            try await site.lookAgain()
        }
        func value(_ name: String) async throws -> String {
            try await site.read("configmap", name, "-o", "jsonpath={.data.a}")
        }
        for _ in 0..<Fights.limit {
            try await edit("a")
            #expect(try await value("a") == "ours")
        }
        try await edit("a")
        #expect(try await value("a") == "theirs")
        let (reason, message) = try await site.ready()
        #expect(reason == "PartiallyRefused" && message.contains("intruder changes it back"), "\(reason): \(message)")
        // It is on record once, and another object is healed meanwhile.
        try await edit("b")
        #expect(try await value("b") == "ours")
        #expect(try await value("a") == "theirs")
        #expect(try site.findings("fight") == ["ConfigMap/\(site.namespace)/a"])
        site.wait(61)
        try await site.lookAgain()
        #expect(try await value("a") == "ours")
        #expect(try await site.ready().reason == "ReconciliationSucceeded")
    }
}
