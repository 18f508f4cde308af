// SPDX-License-Identifier: Apache-2.0

package import Change
internal import JSON
internal import Keys

/// The Environment that a record belongs to.
package struct EnvironmentReference: Sendable, Hashable, CustomStringConvertible {
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { "\(namespace)/\(name)" }
}

/// Which part of Taffrail acted.
package enum ReconcileLoop: String, Sendable {
    case delivery
    case rollouts
    /// A person at a workstation.
    case command
}

/// What all records of one run share.
package struct RunContext: Sendable {
    package let runID: String
    package let loop: ReconcileLoop
    package let environment: EnvironmentReference?
    package let revision: Revision?
    /// The commit object as Git stores it, kept as evidence.
    package let commitBytes: [UInt8]?
    /// The generation of the Environment's spec; `nil` where there is no Environment in a cluster.
    package let generation: Int64?
    /// The keyed digest of what the Environment makes different in the manifests; `nil` if nothing.
    package let overlay: ContentDigest?
    /// Which cluster is written to; `nil` for the one that the log is about.
    package let targetCluster: ClusterIdentity?

    package init(
        runID: String,
        loop: ReconcileLoop,
        environment: EnvironmentReference?,
        revision: Revision?,
        commitBytes: [UInt8]?,
        generation: Int64? = nil,
        overlay: ContentDigest? = nil,
        targetCluster: ClusterIdentity? = nil
    ) {
        self.targetCluster = targetCluster
        self.generation = generation
        self.overlay = overlay
        self.runID = runID
        self.loop = loop
        self.environment = environment
        self.revision = revision
        self.commitBytes = commitBytes
    }

    /// A random UUID (RFC 9562, version 4).
    package static func newRunID() throws -> String {
        UUIDText.make(from: try randomBytes(16), version: 4)
    }
}

/// The text form of a UUID.
enum UUIDText {
    static func make(from bytes: [UInt8], version: UInt8) -> String {
        var bytes = Array(bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.encode(bytes))
        return [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }.joined(
            separator: "-"
        )
    }
}

/// A cluster: the one that a log is about, or another one that is written to.
package struct ClusterIdentity: Sendable, Hashable {
    /// Of the namespace `kube-system`, which lives as long as the cluster.
    package let uid: String
    package let apiServerVersion: String

    package init(uid: String, apiServerVersion: String) {
        self.uid = uid
        self.apiServerVersion = apiServerVersion
    }
}

extension ClusterIdentity {
    /// As records have it.
    var json: JSONValue { ["uid": .string(uid), "apiServerVersion": .string(apiServerVersion)] }

    init?(_ json: JSONValue?) {
        guard let uid = json?["uid"]?.stringValue, let version = json?["apiServerVersion"]?.stringValue else {
            return nil
        }
        self.init(uid: uid, apiServerVersion: version)
    }
}
