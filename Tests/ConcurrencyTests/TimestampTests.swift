// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-24T12:00:00Z", 1_795_521_600, 0),
        ("2026-11-24T13:30:00.25+01:30", 1_795_521_600, 250_000_000), ("1969-12-31T23:59:59Z", -1, 0),
        ("2000-02-29t00:00:00z", 951_782_400, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
    ])
    func `well-formed times are read`(text: String, seconds: Int64, nanoseconds: Int32) throws {
        #expect(Timestamp(text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zjunk",
        "2026-1-1T0:0:0Z",
        "10000-01-01T00:00:00Z", "", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.Z", "2023-02-29T00:00:00Z",
    ])
    func `malformed times are refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `what is written is read back`() {
        for seconds in stride(from: Int64(-62_135_596_800), to: 200_000_000_000, by: 997_331_117) {
            let time = Timestamp(seconds: seconds, nanoseconds: 123_456_000)
            #expect(Timestamp(time.microTime) == time)
        }
    }
}
