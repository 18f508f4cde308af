// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Change
internal import Concurrency
internal import JSON
internal import Kubernetes

extension Applier {
    /// How long an object may take to go, where finalizers hold it.
    private static let patience = Duration.seconds(60)

    /// Deletes an object, waits until it is gone, and makes it anew.
    func recreate(
        _ change: PlannedChange,
        _ desired: DesiredObject,
        _ intent: Intent,
        _ revision: String?,
        _ deadline: Deadline
    ) async -> ChangeResult {
        let deletion = intent.auditID(of: change.key, attempt: 2)
        let deleted = await delete(change, auditID: deletion, deadline: deadline)
        switch deleted.status {
        case .succeeded: break
        case .terminating:
            guard await isGone(change, within: .after(min(Self.patience, deadline.remaining ?? Self.patience))) else {
                return deleted
            }
        case .failed, .skipped, .unknown: return deleted
        }
        return await send(change, desired, intent, revision, deadline, after: deletion)
    }

    /// Whether the object that was deleted is gone, or becomes so in time.
    private func isGone(_ change: PlannedChange, within limit: Deadline) async -> Bool {
        while true {
            switch await client.look(at: change.type, change.key) {
            case .absent: return true
            case .live(let object) where object["metadata"]?["uid"]?.stringValue != change.uid: return true
            case .live, .unknown: break
            }
            guard !limit.isPast, (try? await Task.sleep(for: .milliseconds(100))) != nil else { return false }
        }
    }
}
