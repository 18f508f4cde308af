// SPDX-License-Identifier: Apache-2.0

package import Instruments

/// What those look at who run the controller: `/metrics`, `/healthz`, `/readyz`.
package struct OperationsEndpoints: Sendable {
    private let registry: InstrumentRegistry
    private let gate: Gate?
    private let obstacles: @Sendable () async -> [String]

    /// - Parameters:
    ///   - gate: who may see the metrics; `nil` for all who can ask.
    ///   - obstacles: why the controller is not ready; nothing if it is.
    package init(
        registry: InstrumentRegistry,
        gate: Gate?,
        obstacles: @escaping @Sendable () async -> [String]
    ) {
        self.registry = registry
        self.gate = gate
        self.obstacles = obstacles
    }

    package func add(to routes: inout Routes) {
        routes.get("/metrics") { await metrics($0) }
        // Whoever reads this, answers: more would have a controller restarted for what a restart does not mend.
        routes.get("/healthz") { _ in .text(200, "ok") }
        routes.get("/readyz") { _ in await readiness() }
    }

    private func metrics(_ request: WebRequest) async -> WebAnswer {
        if let gate, case .refused(let answer) = await gate.admit(request, to: .path(verb: "get", "/metrics")) {
            return answer
        }
        return WebAnswer(200, contentType: Exposition.contentType, body: Array(await registry.text().utf8))
    }

    private func readiness() async -> WebAnswer {
        let obstacles = await obstacles()
        guard !obstacles.isEmpty else { return .text(200, "ok") }
        return .text(503, obstacles.map { "not ready: \($0)" }.joined(separator: "\n"))
    }
}
