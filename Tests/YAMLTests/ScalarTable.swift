// SPDX-License-Identifier: Apache-2.0

import JSON
import Testing

/// Scalars as they are written, and the JSON that sigs.k8s.io/yaml makes of them.
struct ScalarCase: CustomTestStringConvertible, Sendable {
    let text: String
    let value: JSONValue

    var testDescription: String { text }
}

enum ScalarTable {
    static let values: [ScalarCase] = words + integers + floats + strings + tagged

    static let words =
        cases(.bool(true), "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
        + cases(.bool(false), "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
        + cases(.null, "~", "null", "Null", "NULL", "")
        + strings("yEs", "tRUE", "oN", "nULL", "yess", "nope", "none", "nil", "t", "f", "o", "~~", "<<", "=")

    static let integers =
        cases(
            511,
            "0777",
            "0o777",
            "0O777",
            "0x1ff",
            "0X1FF",
            "0b111111111",
            "0B111111111",
            "511",
            "+511",
            "5_11",
            "5__11_"
        )
        + cases(-511, "-511", "-0777", "-0x1ff", "-0o777", "-0b111111111")
        + cases(0, "0", "00", "-0", "+0", "0x0", "0_", "-0.0", "0.0", "0e5")
        + cases(8, "08", "8.0", "010", "0_10", "8.")
        + cases(1000, "1_000", "1e3", "1E3", "1.e3", "1e+3", "+1_0_0_0.0")
        + cases(12000, "12e03") + cases(-3, "0b-11", "-0b11") + cases(3, "0b+11")
        + cases(.int(.max), "9223372036854775807") + cases(.int(.min), "-9223372036854775808")
        + cases(.uint(9_223_372_036_854_775_808), "9223372036854775808")
        + cases(.uint(.max), "18446744073709551615", "0xFFFFFFFFFFFFFFFF")
        + strings("0x", "0b", "0o", "0b102", "0o8", "0xg", "--1", "+-1", "+", "1-1", "0xFFFFFFFFFFFFFFFFFF", "0b_")

    static let floats =
        cases(.number("1.5"), "1.5", "+1.5", "1.50", "15e-1", "01.5", "1._5_")
        + cases(.number("0.5"), ".5", "+.5", "5e-1", ".5_0", ".5e0", "0.5") + cases(.number("-0.5"), "-.5", "-0.5")
        + cases(.number("100000000000000000000"), "100000000000000000000", "1e20")
        + cases(.number("1e+21"), "1e21", "1000000000000000000000") + cases(.number("1e-7"), "1e-7", "0.0000001")
        + cases(.number("0.000001"), "1e-6", "0.000001")
        + cases(.number("7.777777777777778e+23"), "0777777777777777777777777")
        + cases(.number("-18446744073709552000"), "-18446744073709551616") + cases(0, "1e-999")
        + cases(.number("1.7976931348623157e+308"), "1.7976931348623157e308")
        + strings(
            "1e999",
            "-1e999",
            ".",
            "..5",
            "._5",
            ".5_",
            ".5__0",
            ".e5",
            "1e",
            "1e+",
            "1.2.3",
            "1.5f",
            "0x1p-2",
            "inf",
            "nan",
            "NaN"
        )

    static let strings =
        strings(
            "22:22",
            "1:30",
            "190:20:30",
            "2026-01-01",
            "2026-1-1",
            "2026-01-01T10:00:00Z",
            "2026-01-01 10:00:00",
            "2026-13-01"
        )
        + strings(
            "a",
            "nginx:1.27",
            "10Gi",
            "500m",
            "1.27.0",
            "v1",
            "-foo",
            "--port=80",
            ":80",
            "?x",
            "http://a/b#c",
            "é",
            "🚢",
            "1 2",
            "_1"
        )
        + [
            ScalarCase(text: "\"yes\"", value: "yes"), ScalarCase(text: "'1'", value: "1"),
            ScalarCase(text: "''", value: ""),
            ScalarCase(text: "'it''s'", value: "it's"),
            ScalarCase(text: "\"a\\n\\x41\\u00e9\\U0001F6A2\\t\\0\"", value: "a\nAé🚢\t\0"),
            ScalarCase(text: "\"~\"", value: "~"), ScalarCase(text: "'<<'", value: "<<"),
        ]

    static let tagged = [
        ScalarCase(text: "!!str 12", value: "12"), ScalarCase(text: "!!str", value: ""),
        ScalarCase(text: "!!str ~", value: "~"),
        ScalarCase(text: "!!int \"0x1F\"", value: 31), ScalarCase(text: "!!int 12", value: 12),
        ScalarCase(text: "!!float 1", value: 1),
        ScalarCase(text: "!!float \"1.5\"", value: .number("1.5")), ScalarCase(text: "!!bool \"yes\"", value: true),
        ScalarCase(text: "!!null \"\"", value: .null), ScalarCase(text: "!!null ~", value: .null),
        ScalarCase(text: "! 12", value: "12"),
        ScalarCase(text: "!foo 12", value: "12"), ScalarCase(text: "!<tag:yaml.org,2002:int> 3", value: 3),
        ScalarCase(text: "!!binary aGVsbG8=", value: "hello"),
        ScalarCase(text: "!!binary \"aGVs\\nbG8h\"", value: "hello!"),
        ScalarCase(text: "!!timestamp 2026-01-01", value: "2026-01-01"),
        ScalarCase(text: "!!timestamp \"2026-1-1T1:2:3.5+01:00\"", value: "2026-1-1T1:2:3.5+01:00"),
        ScalarCase(text: "!!timestamp \"2024-02-29 1:02:03\"", value: "2024-02-29 1:02:03"),
    ]

    /// Scalars that have no value, alone in a mapping.
    static let refused: [String] = [
        ".inf", "-.INF", "+.Inf", ".nan", "!!int x", "!!int 1.5", "!!int \"\"", "!!bool 1", "!!float x",
        "!!float 18446744073709551615",
        "!!null x", "!!timestamp x", "!!timestamp 2026-02-30", "!!timestamp 12", "!!binary \"%\"", "!!binary YQ",
        "!!float .inf",
    ]

    /// Keys as they are written, and the names that they become.
    static let keys: [(text: String, name: String)] = [
        ("a", "a"), ("1", "1"), ("'1'", "1"), ("0777", "511"), ("-0x1F", "-31"), ("y", "true"), ("off", "false"),
        ("\"y\"", "y"),
        ("1.5", "1.5"), ("1.0", "1"), ("1e6", "1e+06"), ("123456.0", "123456"), ("1234567.0", "1.234567e+06"),
        ("1e300", ".inf"),
        ("16777217.5", "1.6777218e+07"), ("0.00001", "1e-05"), ("0.0001", "0.0001"), ("-0.0", "-0"), (".inf", ".inf"),
        ("-.inf", "-.inf"),
        (".nan", ".nan"), ("2026-01-01", "2026-01-01"), ("22:22", "22:22"), ("!!binary aGk=", "hi"), ("'<<'", "<<"),
        ("-1e10", "-1e+10"),
        ("12345678.0", "1.2345678e+07"), ("1e-10", "1e-10"), ("100000.5", "100000.5"), ("1000000.5", "1.0000005e+06"),
        ("1.1", "1.1"),
    ]

    private static func cases(_ value: JSONValue, _ texts: String...) -> [ScalarCase] {
        texts.map { ScalarCase(text: $0, value: value) }
    }

    private static func strings(_ texts: String...) -> [ScalarCase] {
        texts.map { ScalarCase(text: $0, value: .string($0)) }
    }
}
