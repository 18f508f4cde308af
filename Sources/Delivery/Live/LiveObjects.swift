// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON
internal import Kubernetes

/// Our objects of one scope, as a watch tells them: of each how it looks and how it does, and nothing of what it holds. Pure.
struct LiveObjects: Sendable {
    /// Well below a KiB, strings included.
    struct Entry: Sendable {
        var summary: LiveSummary
        var likeness: Likeness
        /// How it looked when it was last known to be in sync.
        var settled: Likeness?
        var health: Health
        /// Kept only where the health has to be explained.
        var message: String?

        var isInSync: Bool { settled == likeness }
    }

    /// What somebody may have to look at.
    struct Notice: Sendable, Hashable {
        enum Reason: Sendable, Hashable {
            /// It is not as it settled, or nobody knows how it did.
            case touched
            /// It was deleted, or is not marked as ours any more.
            case gone
            /// It does better or worse than before.
            case health
        }

        let key: ObjectKey
        let reason: Reason
        /// The value of the owner's label.
        let owner: String?
    }

    let scope: ObjectScope
    private let labelKey: String
    private let fieldManager: String
    private(set) var entries: [ObjectKey: Entry] = [:]
    /// Whether what is not here is not there.
    private(set) var isCurrent = false
    private(set) var failure: KubernetesError?
    private var hasSynced = false
    /// Whether the first list is still to come.
    var isBeginning: Bool { !hasSynced && failure == nil }
    private var listed: Set<ObjectKey>?
    private var told = ToldVersion()

    init(_ scope: ObjectScope, labelKey: String, fieldManager: String) {
        self.scope = scope
        self.labelKey = labelKey
        self.fieldManager = fieldManager
    }

    /// Takes in what the watch tells.
    mutating func receive(_ output: Watcher.Output) -> [Notice] {
        switch output {
        case .began:
            listed = []
            return []
        case .applied(let object):
            told.pass(object["metadata"]?["resourceVersion"]?.stringValue)
            return put(object)
        case .removed(let object):
            told.pass(object["metadata"]?["resourceVersion"]?.stringValue)
            return remove(object).map { [$0] } ?? []
        case .synced(let version):
            told.pass(version)
            // What we wrote after the list was made is not in it.
            let gone = entries.filter { key, entry in
                listed?.contains(key) == false && ResourceVersion.isKnown(entry.summary.resourceVersion, in: version)
            }
            listed = nil
            (isCurrent, hasSynced, failure) = (true, true, nil)
            return gone.keys.compactMap { forget($0) }
        case .following:
            (isCurrent, failure) = (hasSynced, nil)
            return []
        case .failed(let error):
            (isCurrent, failure) = (false, error)
            return []
        }
    }

    /// Takes in an object that is known to be in sync: the server's answer to our own write, or what was found so when it was looked at.
    ///
    /// - Returns: something if a later version of it has come already, and is another.
    mutating func settle(_ object: JSONValue) -> Notice? {
        guard let entry = entry(of: object) else { return nil }
        let key = key(of: object)
        listed?.insert(key)
        guard let known = entries[key], known.summary.uid == entry.summary.uid,
            ResourceVersion.isKnown(entry.summary.resourceVersion, in: known.summary.resourceVersion)
        else {
            let isOther = entries[key].map { $0.summary.uid != entry.summary.uid } ?? true
            // One that is not known although it would have been told by now is gone again, or is another by now.
            if isOther, told.covers(entry.summary.resourceVersion) { return nil }
            entries[key] = entry
            entries[key]?.settled = entry.likeness
            return nil
        }
        entries[key]?.settled = entry.likeness
        return known.likeness == entry.likeness ? nil : notice(key, .touched)
    }

    /// An object is in sync at a version, by the record alone.
    mutating func confirm(_ key: ObjectKey, uid: String, resourceVersion: String) {
        guard let known = entries[key], known.summary.uid == uid, known.summary.resourceVersion == resourceVersion
        else {
            return
        }
        entries[key]?.settled = known.likeness
    }

    // MARK: - Parts

    private mutating func put(_ object: JSONValue) -> [Notice] {
        guard var entry = entry(of: object) else { return [] }
        let key = key(of: object)
        listed?.insert(key)
        guard let known = entries[key] else {
            entries[key] = entry
            return [notice(key, .touched)]
        }
        guard !ResourceVersion.isKnown(entry.summary.resourceVersion, in: known.summary.resourceVersion) else {
            return []
        }
        // Made anew, it is another one.
        let isSame = known.summary.uid == entry.summary.uid
        entry.settled = isSame ? known.settled : nil
        // Whoever owned it has to hear that somebody wrote another owner on it.
        let former = known.summary.ownerLabel == entry.summary.ownerLabel ? [] : [notice(key, .gone)]
        entries[key] = entry
        guard !entry.isInSync else {
            return former + (entry.health == known.health ? [] : [notice(key, .health)])
        }
        // What was told and could not be mended need not be told again as long as nothing else happens.
        let isAlike = isSame && entry.likeness == known.likeness && entry.health == known.health
        return former + (isAlike ? [] : [notice(key, .touched)])
    }

    private mutating func remove(_ object: JSONValue) -> Notice? {
        let key = key(of: object)
        let version = object["metadata"]?["resourceVersion"]?.stringValue ?? ""
        guard let known = entries[key],
            !ResourceVersion.isKnown(version, in: known.summary.resourceVersion)
                || version == known.summary.resourceVersion
        else { return nil }
        return forget(key)
    }

    private mutating func forget(_ key: ObjectKey) -> Notice? {
        let notice = notice(key, .gone)
        entries[key] = nil
        return notice
    }

    private func notice(_ key: ObjectKey, _ reason: Notice.Reason) -> Notice {
        Notice(key: key, reason: reason, owner: entries[key]?.summary.ownerLabel)
    }

    private func entry(of object: JSONValue) -> Entry? {
        guard let summary = LiveSummary(object, labelKey: labelKey) else { return nil }
        let (health, message) = HealthRules.health(of: object)
        let seen = scope.metadataOnly ? Self.metadata(of: object) : object
        return Entry(
            summary: summary,
            likeness: Likeness(of: seen, fieldManager: fieldManager),
            health: health,
            message: health == .current ? nil : message
        )
    }

    /// What a watch of metadata alone would show.
    private static func metadata(of object: JSONValue) -> JSONValue {
        var result: JSONValue = ["metadata": object["metadata"] ?? .null]
        result["apiVersion"] = object["apiVersion"]
        result["kind"] = object["kind"]
        return result
    }

    private func key(of object: JSONValue) -> ObjectKey {
        ObjectKey(
            group: scope.type.group,
            kind: scope.type.kind,
            namespace: object["metadata"]?["namespace"]?.stringValue,
            name: object["metadata"]?["name"]?.stringValue ?? ""
        )
    }
}
