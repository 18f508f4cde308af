// SPDX-License-Identifier: Apache-2.0

internal import Instruments
internal import Kubernetes
internal import Web

extension Controller {
    /// Why it is not ready: nothing if it is. Whether the API server can be reached at the moment does not count, as no other replica would do better.
    nonisolated func obstacles() async -> [String] {
        guard !isEnding else { return ["the controller is ending"] }
        let kinds = [
            ("ConfigRepositories", own.repositories), ("Environments", own.environments),
            ("Inventories", own.inventories), ("ModelDeployments", own.models),
        ]
        var obstacles = kinds.filter { !$1.isSynced }.map { name, store in
            "the \(name) are not read yet\(store.failure.map { ": \($0)" } ?? "")"
        }
        if let fault = instruments.record.logFault {
            obstacles.append("the log cannot be written, and nothing is applied: \(fault)")
        } else if let disorder = await disorder {
            obstacles.append(disorder)
        }
        return obstacles
    }

    /// Runs it, with a server for those who look after it where an address is given.
    nonisolated func run(
        listeningAt address: ListenAddress?,
        asking reviewer: KubernetesClient?
    ) async throws {
        ControllerReadings(own: own, view: view, queue: queue, recorder: recorder).add(to: instruments.registry)
        guard let address else { return await run() }
        var routes = Routes()
        OperationsEndpoints(
            registry: instruments.registry,
            gate: reviewer.map { Gate(RememberingReviewer(ClusterReviewer($0))) },
            obstacles: { await self.obstacles() }
        ).add(to: &routes)
        let server = WebServer(at: address, routes: routes, observer: instruments.answered)
        try await server.serve { place in
            Terminal.note("controller: listening on http://\(place)")
            await self.run()
        }
    }
}
