// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Test vectors of other projects, which are kept beside the repository.
enum Fixtures {
    /// - Throws: a cancellation of the test where the folder is absent, or a failure where it has to be there.
    static func folder(_ name: String) throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let base = environment["TAFFRAIL_FIXTURES"].map { URL(fileURLWithPath: $0) }
        let folder = (base ?? root.appendingPathComponent("shared/fixtures")).appendingPathComponent(name)
        try require(FileManager.default.fileExists(atPath: folder.path), "the vectors in \(folder.path)")
        return folder
    }

    /// Cancels the test, with the reason, unless a part is there; fails it where every part has to be.
    static func require(_ isAvailable: Bool, _ part: String) throws {
        guard !isAvailable else { return }
        if ProcessInfo.processInfo.environment["TAFFRAIL_REQUIRE"] == "all" { throw MissingPart(description: part) }
        try Test.cancel("\(part) are not there")
    }

    struct MissingPart: Error, CustomStringConvertible {
        let description: String
    }
}
