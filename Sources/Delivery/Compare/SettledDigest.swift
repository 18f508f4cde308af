// SPDX-License-Identifier: Apache-2.0

package import Change
package import JSON

/// The digest of a projection, keyed for Secrets.
package enum SettledDigest {
    package static func of(
        _ object: JSONValue,
        request: JSONValue,
        fieldManager: String,
        secrets: SecretKeeper
    ) throws -> ContentDigest {
        let projection = Projection(of: object, request: request, fieldManager: fieldManager)
        return try secrets.digest(of: projection.value, isSecret: SecretKeeper.isSecret(request))
    }
}
