// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Kubernetes
import Testing

@testable import Web

struct AccessTests {
    private static let metrics = Permission.path(verb: "get", "/metrics")

    /// Knows some tokens, and whom it lets do what; counts what it is asked.
    private final class Register: AccessReviewer {
        let asked = Locked<[String]>([])
        let allowed = Locked<Set<String>>(["ada"])
        let isDown = Locked(false)

        func subject(ofToken token: String, deadline: Deadline) async throws -> AccessSubject? {
            asked.withLock { $0.append("who \(token)") }
            if isDown.withLock({ $0 }) { throw KubernetesError(.unavailable, "down, and a secret: \(token)") }
            return token == "nobody" ? nil : AccessSubject(user: token, groups: [])
        }

        func isAllowed(
            _ permission: Permission,
            to subject: AccessSubject,
            deadline: Deadline
        ) async throws -> Bool {
            asked.withLock { $0.append("may \(subject.user)") }
            return allowed.withLock { $0.contains(subject.user) }
        }
    }

    private func status(_ gate: Gate, _ token: String?) async -> Int {
        switch await gate.admit(WebRequest(method: "GET", path: "/metrics", bearerToken: token), to: Self.metrics) {
        case .admitted(let subject): subject.user == token ? 200 : 0
        case .refused(let answer): answer.status
        }
    }

    @Test func `who is known and may is let in, and the others hear what is missing`() async {
        let register = Register()
        let gate = Gate(register)
        #expect(await status(gate, nil) == 401)
        #expect(await status(gate, "nobody") == 401)
        #expect(await status(gate, "eve") == 403)
        #expect(await status(gate, "ada") == 200)
        #expect(register.asked.withLock { $0 } == ["who nobody", "who eve", "may eve", "who ada", "may ada"])
    }

    @Test func `a server that cannot be asked lets nobody in, and its words stay here`() async {
        let register = Register()
        register.isDown.withLock { $0 = true }
        let request = WebRequest(method: "GET", path: "/metrics", bearerToken: "hush")
        guard case .refused(let answer) = await Gate(register).admit(request, to: Self.metrics) else {
            Issue.record("somebody was let in")
            return
        }
        #expect(answer.status == 503 && !String(decoding: answer.body, as: UTF8.self).contains("hush"))
    }

    @Test func `answers are remembered, a yes for longer than a no, and neither for ever`() async {
        let register = Register()
        let now = Locked(ContinuousClock.now)
        let gate = Gate(RememberingReviewer(register) { now.withLock { $0 } })
        for _ in 0..<5 {
            #expect(await status(gate, "ada") == 200)
            #expect(await status(gate, "eve") == 403)
            #expect(await status(gate, "nobody") == 401)
        }
        #expect(register.asked.withLock { $0.count } == 5)
        register.allowed.withLock { $0 = ["eve"] }
        now.withLock { $0 += .seconds(11) }
        #expect(await status(gate, "eve") == 200)
        #expect(await status(gate, "ada") == 200)
        now.withLock { $0 += .seconds(50) }
        #expect(await status(gate, "ada") == 403)
    }

    @Test func `a failure is not remembered`() async {
        let register = Register()
        register.isDown.withLock { $0 = true }
        let gate = Gate(RememberingReviewer(register))
        #expect(await status(gate, "ada") == 503)
        register.isDown.withLock { $0 = false }
        #expect(await status(gate, "ada") == 200)
    }

    @Test func `a memory never holds more than it has room for, and forgets the oldest`() {
        var memory = ReviewMemory<Int, Int>(room: 4)
        let start = ContinuousClock.now
        for number in 0..<100 {
            let now = start + .seconds(number)
            memory.keep(number, of: number, for: .seconds(1_000), now: now)
            #expect(memory.count <= 4)
            for old in max(0, number - 3)...number { #expect(memory.value(of: old, now: now) == old) }
            if number > 3 { #expect(memory.value(of: number - 4, now: now) == nil) }
        }
        #expect(memory.value(of: 99, now: start + .seconds(1_099)) == nil)
    }
}
