// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The script that shows the main job; what it shows is run whole by `make test`.
@Suite struct DemoTests {
    private static let script = Parts.root.appending(path: "scripts/demo").path

    @Test func `who asks what the demo is, or mistypes, does not start one`() async throws {
        let help = try await run(Self.script, ["--help"])
        #expect(help.status == 0 && help.output.contains("demo stop") && help.errors.isEmpty, "\(help.errors)")
        let slip = try await run(Self.script, ["stp"])
        #expect(slip.status == 1 && slip.errors.contains("unknown word 'stp'"), "\(slip.errors)")
    }
}
