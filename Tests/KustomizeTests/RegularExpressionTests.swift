// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Kustomize

@Suite struct `A regular expression` {
    @Test(
        arguments: [
            ("", ""), ("a", "a"), ("abc", "abc"), (".", "ü"), ("a*", ""), ("a*", "aaa"), ("a+b?", "aab"), ("a|b|", "b"),
            ("(a|b)*c", "ababc"), ("(?:ab)+", "abab"), ("[a-c]x", "bx"), ("[^a-c]", "d"), ("[]a]", "]"), ("[a-]", "-"),
            ("[\\d_]+", "1_2"), ("\\w+\\.\\w+", "a_1.b"), ("\\S\\s\\D", "a b"), ("a{3}", "aaa"), ("a{2,}", "aaaa"),
            ("a{1,2}", "aa"), ("a{,2}", "a{,2}"), ("^a$", "a"), ("(^a|b)$", "b"), ("a*?b", "aab"), ("\\Aa\\z", "a"),
            ("x{0}y", "y"), ("(a{0,2}){2}", "aaaa"), ("\\(\\)\\[\\]\\{\\}", "()[]{}"), ("a\\tb", "a\tb"), ("日本?", "日"),
            ("(?i)aB", "Ab"), ("(?P<n>a)", "a"), ("\\p{L}+", "äß"), ("[[:alpha:]]", "x"), ("a\\b.*", "a b"),
        ]
    )
    func `takes`(_ pattern: String, _ text: String) throws {
        #expect(try RegularExpression(pattern).matches(text))
    }

    @Test(
        arguments: [
            ("", "a"), ("a", "ab"), ("a", "ba"), (".", "\n"), ("a+", ""), ("[a-c]", "d"), ("[^a-c]", "b"),
            ("a{3}", "aa"),
            ("a{1,2}", "aaa"), ("a^b", "ab"), ("\\d", "x"), ("(ab)+", "aba"),
        ]
    )
    func `does not take`(_ pattern: String, _ text: String) throws {
        #expect(try !RegularExpression(pattern).matches(text))
    }

    @Test func `is found within a text`() throws {
        #expect(try RegularExpression("b+").isFound(in: "abbc"))
        #expect(try RegularExpression("c$").isFound(in: "abc"))
        #expect(try !RegularExpression("^b").isFound(in: "abc"))
        #expect(try RegularExpression("").isFound(in: ""))
    }

    @Test(
        arguments: [
            "(", ")", "a)", "[", "[a", "[b-a]", "*", "+a", "a**", "a{2,1}", "a{1001}", "\\", "(?=a)", "(a)\\1",
            "((a{100}){100}){100}",
        ]
    )
    func `is refused`(_ pattern: String) {
        #expect(throws: Refusal.self) { try RegularExpression(pattern) }
    }

    @Test(arguments: [
        "a", "a=b", "a==b", "a!=b", "a in (b,c)", "a notin (b)", "!a", "a>1", "a<2,b", "x.io/a=", "a in (b,)", "",
    ])
    func `of labels is taken`(_ selector: String) throws {
        _ = try LabelSelector(selector)
    }

    @Test(arguments: [
        "a b", "a=b c", "=", "a in b", "a in (b", ",", "a,", "a>x", "-a", "a=-", "!a=b", "x/y/z", "a in (b c)",
    ])
    func `of labels is refused`(_ selector: String) {
        #expect(throws: Refusal.self) { try LabelSelector(selector) }
    }
}
