// SPDX-License-Identifier: Apache-2.0

package import Foundation
internal import Testing

/// The parts outside the project that tests lean on, and what happens where one is missing.
package enum Parts {
    /// The root of the checkout.
    package static let root: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder of external test vectors.
    package static let fixtures: URL = {
        if let path = ProcessInfo.processInfo.environment["TAFFRAIL_FIXTURES"] { return URL(filePath: path) }
        return root.deletingLastPathComponent().appending(path: "shared/fixtures")
    }()

    package static var hasFixtures: Bool { FileManager.default.fileExists(atPath: fixtures.path) }

    /// Whether a program is installed.
    package static func has(_ program: String) -> Bool { path(of: program) != nil }

    package static func path(of program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders: [String] = path.split(separator: ":").map { String($0) } + ["/usr/sbin", "/sbin"]
        return folders.lazy.map { $0 + "/" + program }.first { access($0, X_OK) == 0 }
    }

    /// Ends the test: as skipped, with the reason, or as failed where every part is required (`TAFFRAIL_REQUIRE=all`).
    package static func require(_ part: String, _ isAvailable: Bool) throws {
        guard !isAvailable else { return }
        guard ProcessInfo.processInfo.environment["TAFFRAIL_REQUIRE"] == "all" else {
            try Test.cancel("\(part) is not there")
        }
        throw MissingPart(part: part)
    }

    /// Ends a case for other API servers than the one at hand as skipped, with the reason, whatever is required.
    package static func onlyForServers(_ that: String, _ isOne: Bool) throws {
        if !isOne { try Test.cancel("this case is for API servers that \(that), and the one at hand is another") }
    }

    /// A program of this package, beside the test bundle.
    package static func product(_ name: String) -> String {
        let bundle = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0])
        return bundle.deletingLastPathComponent().appending(path: name).path
    }
}

/// A part is missing although every part is required.
package struct MissingPart: Error, CustomStringConvertible {
    let part: String

    package init(part: String) {
        self.part = part
    }

    package var description: String { "\(part) is not there, and TAFFRAIL_REQUIRE=all" }
}
