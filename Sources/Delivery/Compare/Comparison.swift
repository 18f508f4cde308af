// SPDX-License-Identifier: Apache-2.0

package import Audit
package import Change
package import JSON

/// What a list of metadata tells of a live object.
package struct LiveSummary: Sendable, Hashable {
    package let uid: String
    package let resourceVersion: String
    /// The value of the owner's label; `nil` where the object carries none.
    package let ownerLabel: String?
    /// Whose it is, where another loop delivers it: an Environment, or the object that controls it.
    package let otherOwner: String?
    /// The origin of the log in which the last write of ours is announced, by the object's own mark.
    package let origin: String?
    package let isTerminating: Bool

    package init(
        uid: String,
        resourceVersion: String,
        ownerLabel: String?,
        otherOwner: String? = nil,
        origin: String? = nil,
        isTerminating: Bool
    ) {
        self.origin = origin
        self.otherOwner = otherOwner
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.ownerLabel = ownerLabel
        self.isTerminating = isTerminating
    }

    /// Reads an object's metadata; `nil` if the server sent none.
    package init?(_ object: JSONValue, labelKey: String) {
        guard let metadata = object["metadata"], let uid = metadata["uid"]?.stringValue,
            let resourceVersion = metadata["resourceVersion"]?.stringValue
        else { return nil }
        self.init(
            uid: uid,
            resourceVersion: resourceVersion,
            ownerLabel: metadata["labels"]?[labelKey]?.stringValue,
            otherOwner: Self.otherOwner(metadata, labelKey: labelKey),
            origin: Intent.origin(ofMark: metadata["annotations"]?[Ownership.auditIndexAnnotation]?.stringValue),
            isTerminating: metadata["deletionTimestamp"] != nil
        )
    }
}

extension LiveSummary {
    private static func otherOwner(_ metadata: JSONValue, labelKey: String) -> String? {
        guard labelKey == Ownership.environmentLabel else {
            return metadata["labels"]?[Ownership.environmentLabel]?.stringValue.map {
                "\(Ownership.environmentLabel)=\($0)"
            }
        }
        let controllers = (metadata["ownerReferences"]?.arrayValue ?? []).filter { $0["controller"] == true }
        let model = controllers.first {
            $0["kind"] == "ModelDeployment" && $0["apiVersion"]?.stringValue?.hasPrefix("taffrail.dev/") == true
        }
        // What a controller has made is its own, unless it was ours first.
        let isOurs = metadata["labels"]?[labelKey] != nil
        guard let controller = model ?? (isOurs ? nil : controllers.first) else { return nil }
        return "\(controller["kind"]?.stringValue ?? "?")/\(controller["name"]?.stringValue ?? "?")"
    }
}

/// What has to be found out, or done, about one desired object. The first half of the comparison: what identities and digests tell.
package enum Comparison: Sendable, Hashable {
    /// Nothing changed since it settled.
    case unchanged
    /// It does not exist. `wasSettled`: it did, and somebody deleted it.
    case absent(wasSettled: Bool)
    /// The manifest is the one that settled, but the object has a newer version: its projection tells whether that matters.
    case touched(LiveSummary)
    /// The manifest is another one than the one that settled.
    case changed(LiveSummary)
    /// It is there, and no record says that we applied it.
    case unrecorded(LiveSummary, isOurs: Bool)
    /// Another owner's label is on it.
    case foreign(label: String)
    /// Our label is on it, and by its mark another log knows it, which ours does not.
    case ofAnotherLog(origin: String)
    /// It is being deleted; it can only be created anew once it is gone.
    case terminating

    /// Decides by what was settled and what lives; pure.
    ///
    /// - Parameter origin: of the log, where others may deliver under the same name with a log of their own.
    package static func of(
        _ desired: DesiredObject,
        settled: SettledObject?,
        live: LiveSummary?,
        label: String,
        origin: String? = nil
    ) -> Comparison {
        guard let live else { return .absent(wasSettled: settled != nil) }
        if live.isTerminating { return .terminating }
        if let other = live.ownerLabel, other != label { return .foreign(label: other) }
        if let other = live.otherOwner { return .foreign(label: other) }
        guard let settled else {
            if let origin, live.ownerLabel == label, let other = live.origin, other != origin {
                return .ofAnotherLog(origin: other)
            }
            return .unrecorded(live, isOurs: live.ownerLabel == label)
        }
        // Deleted and made again by somebody else: it was ours, and no longer is what settled.
        guard settled.uid == live.uid else { return .touched(live) }
        guard settled.manifest == desired.digest else { return .changed(live) }
        return settled.resourceVersion == live.resourceVersion ? .unchanged : .touched(live)
    }
}
