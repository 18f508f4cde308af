// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import Kubernetes

@testable import Delivery

/// A live view that runs, and what it has told.
final class Following: Sendable {
    let view: LiveView
    let followed: Followed
    private let told: Locked<Touch>
    private let run: Task<Void, Never>

    init(_ client: KubernetesClient) {
        let told = Locked(Touch.none)
        self.told = told
        let view = LiveView(client: client, isByNamespace: false) { notice in told.withLock { $0.add(notice.key) } }
        self.view = view
        let inventories = ObjectStore()
        followed = Followed(view: view, inventories: inventories) { object in
            if object["kind"] == "Inventory" { _ = inventories.write(object) }
        }
        run = Task { await view.run() }
    }

    deinit { run.cancel() }

    /// What was told since the last time.
    func take() -> Touch {
        told.withLock { touch in
            defer { touch = .none }
            return touch
        }
    }
}
