// SPDX-License-Identifier: Apache-2.0

internal import Keys

/// A certificate or a key, which a kubeconfig gives inline (`…-data`) or as a file.
struct KubeconfigMaterial: Sendable {
    private let field: String
    private let data: [UInt8]
    private let path: String
    private let entry: FieldReader

    init(_ entry: FieldReader, _ field: String) throws(KubernetesError) {
        self.field = field
        self.entry = entry
        data = try entry.data(field + "-data")
        path = try entry.path(field)
    }

    var isGiven: Bool { !data.isEmpty || !path.isEmpty }

    /// The PEM text; `nil` where there is none. The file is read now.
    func pem() throws(KubernetesError) -> [UInt8]? {
        guard isGiven else { return nil }
        guard data.isEmpty || path.isEmpty else {
            throw entry.error(field, "and \(field)-data are both given: remove one of them")
        }
        let bytes: [UInt8]
        do {
            bytes = path.isEmpty ? data : try FileReader.bytes(path)
        } catch {
            throw entry.error(field, "names a file that is of no use: \(error.message)")
        }
        guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
            throw entry.error(path.isEmpty ? field + "-data" : field, "holds nothing in PEM (-----BEGIN …)")
        }
        return bytes
    }
}
