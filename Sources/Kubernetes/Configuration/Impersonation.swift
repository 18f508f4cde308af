// SPDX-License-Identifier: Apache-2.0

internal import Transport

/// As whom requests are made, beside the one who makes them.
package struct Impersonation: Sendable, Hashable {
    package var user: String
    package var uid: String
    package var groups: [String]
    /// What the user's authenticator would say beside that, by its key.
    package var extra: [String: [String]]

    package init(user: String = "", uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    package static let nobody = Impersonation()

    var isNobody: Bool { self == .nobody }

    /// What the API server reads (its "user impersonation" headers). Groups and the rest mean nothing without a user, and are refused there.
    var headers: [HTTPHeader] {
        var headers: [HTTPHeader] = []
        if !user.isEmpty { headers.append(HTTPHeader("Impersonate-User", user)) }
        if !uid.isEmpty { headers.append(HTTPHeader("Impersonate-Uid", uid)) }
        headers += groups.map { HTTPHeader("Impersonate-Group", $0) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { HTTPHeader("Impersonate-Extra-" + Self.escaped(key), $0) }
        }
        return headers
    }

    /// What the flags say goes before what the kubeconfig says, each for itself.
    func overridden(by flags: Impersonation) -> Impersonation {
        Impersonation(
            user: flags.user.isEmpty ? user : flags.user,
            uid: flags.uid.isEmpty ? uid : flags.uid,
            groups: flags.groups.isEmpty ? groups : flags.groups,
            extra: flags.extra.isEmpty ? extra : flags.extra
        )
    }

    /// A key as a part of a header's name: what may not stand there, and the percent sign, are percent-encoded.
    private static func escaped(_ key: String) -> String {
        var text = ""
        for byte in key.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic && byte < 0x80
                || "0123456789!#$&'*+-.^_`|~".unicodeScalars.contains(scalar)
            {
                text.unicodeScalars.append(scalar)
            } else {
                text += PercentEncoding.encode(byte: byte)
            }
        }
        return text
    }
}
