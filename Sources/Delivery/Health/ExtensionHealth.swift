// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON

/// The rules for what others need to be there before them: namespaces, definitions of kinds, and aggregated APIs.
enum ExtensionHealth {
    static func namespace(_ status: ObjectStatus) -> (Health, String) {
        status.string("phase") == "Terminating" ? (.terminating, "it is being deleted") : (.current, "active")
    }

    static func definition(_ status: ObjectStatus) -> (Health, String) {
        if let names = status.condition("NamesAccepted"), names.isFalse {
            return (.failed, names.text ?? "its names are not accepted")
        }
        guard let established = status.condition("Established") else { return (.inProgress, "not established yet") }
        if established.isTrue { return (.current, "established") }
        return established.isFalse && established.reason != "Installing"
            ? (.failed, established.text ?? "it cannot be established") : (.inProgress, "not established yet")
    }

    /// Whoever serves it may come up at any time: what is not available has not failed.
    static func service(_ status: ObjectStatus) -> (Health, String) {
        guard let available = status.condition("Available") else { return (.inProgress, "not available yet") }
        return available.isTrue ? (.current, "available") : (.inProgress, available.text ?? "not available")
    }
}
