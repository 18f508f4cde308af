// SPDX-License-Identifier: Apache-2.0

package import JSON

/// A signed payload in the Dead Simple Signing Envelope (DSSE 1.0.2).
package struct DSSEEnvelope: Sendable, Hashable {
    package struct Signature: Sendable, Hashable {
        /// A hint only: it is not authenticated.
        package let keyID: String
        package let bytes: [UInt8]
    }

    package let payloadType: String
    package let payload: [UInt8]
    package let signatures: [Signature]

    /// The pre-authentication encoding: what is signed.
    package static func preAuthenticationEncoding(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }

    package static func sign(
        _ payload: [UInt8],
        type: String,
        keyID: String,
        with signer: any Signer
    ) async throws -> DSSEEnvelope {
        let signature = try await signer.sign(preAuthenticationEncoding(payloadType: type, payload: payload))
        return DSSEEnvelope(
            payloadType: type,
            payload: payload,
            signatures: [Signature(keyID: keyID, bytes: signature)]
        )
    }

    private init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Both alphabets of base64 are accepted, as the specification demands.
    package init(json: JSONValue) throws(KeysError) {
        guard let type = json["payloadType"]?.stringValue,
            let payload = json["payload"]?.stringValue.flatMap({ Base64.decode($0, allowsURLAlphabet: true) }),
            let list = json["signatures"]?.arrayValue, !list.isEmpty
        else { throw KeysError(.malformedEnvelope, "the object is no DSSE envelope") }
        var signatures: [Signature] = []
        for item in list {
            guard let bytes = item["sig"]?.stringValue.flatMap({ Base64.decode($0, allowsURLAlphabet: true) }) else {
                throw KeysError(.malformedEnvelope, "a signature of the DSSE envelope is not base64")
            }
            signatures.append(Signature(keyID: item["keyid"]?.stringValue ?? "", bytes: bytes))
        }
        self.init(payloadType: type, payload: payload, signatures: signatures)
    }

    package var json: JSONValue {
        [
            "payload": .string(Base64.encode(payload)),
            "payloadType": .string(payloadType),
            "signatures": .array(
                signatures.map { ["keyid": .string($0.keyID), "sig": .string(Base64.encode($0.bytes))] }
            ),
        ]
    }

    /// - Throws: `badSignature` unless one of the keys made one of the signatures.
    package func verify(_ keys: [PublicKey]) throws(KeysError) {
        let message = Self.preAuthenticationEncoding(payloadType: payloadType, payload: payload)
        let isSigned = signatures.contains { signature in
            keys.contains { $0.verify(signature: signature.bytes, message: message) }
        }
        guard isSigned else {
            throw KeysError(.badSignature, "no signature of the envelope was made by a key that is trusted")
        }
    }
}
