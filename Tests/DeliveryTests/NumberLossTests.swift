// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

@testable import Delivery

@Suite struct NumberLossTests {
    @Test(arguments: [
        (#"{"replicas":4294967296}"#, #"{"replicas":0}"#, "replicas: 4294967296 for 0"),
        (#"{"a":{"replicas":1.5}}"#, #"{"a":{"replicas":1}}"#, "a.replicas: 1.5 for 1"),
        (#"{"ports":[{"port":1},{"port":-4294967215}]}"#, #"{"ports":[{"port":1},{"port":81}]}"#, "ports[1].port"),
    ])
    func `a number that a server cuts down is found`(sent: String, taken: String, words: String) throws {
        let (sent, taken) = (try JSONValue(parsing: sent), try JSONValue(parsing: taken))
        #expect(NumberLoss.isPossible(in: sent))
        #expect(NumberLoss.first(in: sent, taken)?.contains(words) == true)
    }

    @Test(arguments: [
        // The same number, written otherwise; a quantity; what somebody sets on purpose; what is not there; a list that grew.
        (#"{"a":1e3}"#, #"{"a":1000}"#), (#"{"a":8589934592}"#, #"{"a":"8589934592"}"#), (#"{"a":1}"#, #"{"a":2}"#),
        (#"{"a":4294967296}"#, "{}"), (#"{"a":[4294967296]}"#, #"{"a":[1,4294967296]}"#),
        (#"{"a":18446744073709551616}"#, #"{"a":18446744073709552000}"#),
    ])
    func `a number that stays is none`(sent: String, taken: String) throws {
        #expect(try NumberLoss.first(in: JSONValue(parsing: sent), JSONValue(parsing: taken)) == nil)
    }
}
