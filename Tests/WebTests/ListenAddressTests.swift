// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Web

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8_080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535),
        ("0.0.0.0:9090", "0.0.0.0", 9_090),
    ])
    func `an address is read, and written as it was`(text: String, host: String, port: Int) throws {
        let address = try ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port) && address.description == text)
    }

    @Test(arguments: ["", "8080", ":8080", "::1:8080", "a:", "a:-1", "a:+1", "a:65536", "a:1x", "[]:1", "a:٣"])
    func `what is no address is refused, with what to write instead`(text: String) {
        let error = #expect(throws: WebError.self) { try ListenAddress(text) }
        #expect(error?.code == .invalidAddress && error?.message.contains("write ") == true)
    }
}
