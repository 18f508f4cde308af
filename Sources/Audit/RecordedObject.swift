// SPDX-License-Identifier: Apache-2.0

package import Change
package import Kubernetes

/// What the log says of an object of an environment.
package struct RecordedObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let key: ObjectKey
    /// The commit that was last applied, or was about to be.
    package let commit: String
    package let sourcePath: String
    package let prune: PruneRule
    /// Whether a success is on record: without one, it may never have come about.
    package let wasThere: Bool
    /// Whether it turned out to be somebody else's when it was to be made: it carries our marks, and is not ours.
    package let wasFound: Bool
    /// `nil` for an object that was only announced, or that is being deleted.
    package let settled: SettledObject?

    package init(
        type: GroupVersionKind,
        key: ObjectKey,
        commit: String,
        sourcePath: String,
        prune: PruneRule,
        wasThere: Bool,
        wasFound: Bool = false,
        settled: SettledObject?
    ) {
        self.wasFound = wasFound
        self.wasThere = wasThere
        self.type = type
        self.key = key
        self.commit = commit
        self.sourcePath = sourcePath
        self.prune = prune
        self.settled = settled
    }
}

/// How an object looked when it was applied.
package struct SettledObject: Sendable, Hashable {
    package let type: GroupVersionKind
    package let uid: String
    package let resourceVersion: String
    package let settled: ContentDigest
    package let manifest: ContentDigest

    package init(
        type: GroupVersionKind,
        uid: String,
        resourceVersion: String,
        settled: ContentDigest,
        manifest: ContentDigest
    ) {
        self.type = type
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.settled = settled
        self.manifest = manifest
    }
}

extension [RecordedObject] {
    /// Those that were applied, by their keys.
    package var settled: [ObjectKey: SettledObject] {
        Dictionary(uniqueKeysWithValues: compactMap { object in object.settled.map { (object.key, $0) } })
    }
}
