// SPDX-License-Identifier: Apache-2.0

import Keys
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `SHA-256 gives the digests of FIPS 180-4`(text: String, hex: String) {
        #expect(SHA256Digest.of(Array(text.utf8)).description == hex)
        #expect(SHA256Digest(hex: hex) == SHA256Digest.of(Array(text.utf8)))
    }
}
