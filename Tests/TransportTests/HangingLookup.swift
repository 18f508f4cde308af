// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Transport

/// Names whose lookup hangs until the test lets it go.
///
/// This takes the place of the C library's `getaddrinfo` in the test process, since no resolver can be asked to hang.
/// All other names are passed on.
enum HangingLookup {
    static let suffix = ".hangs.invalid"

    private struct Names {
        var begun: Set<String> = []
        var released: Set<String> = []
    }

    private static let state = Monitor(Names())

    static func hasBegun(_ name: String) -> Bool { state.update { $0.begun.contains(name) } }
    static func release(_ name: String) { state.update { _ = $0.released.insert(name) } }

    fileprivate static func hang(_ name: String) {
        state.update { _ = $0.begun.insert(name) }
        state.wait { $0.released.contains(name) ? () : nil }
    }
}

private typealias Lookup =
    @convention(c) (
        UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafeRawPointer?, UnsafeMutableRawPointer?
    ) -> Int32

@c(getaddrinfo) func lookUpOrHang(
    _ name: UnsafePointer<CChar>?,
    _ service: UnsafePointer<CChar>?,
    _ hints: UnsafeRawPointer?,
    _ result: UnsafeMutableRawPointer?
) -> Int32 {
    if let name, case let text = String(cString: name), text.hasSuffix(HangingLookup.suffix) {
        HangingLookup.hang(text)
        return EAI_NONAME
    }
    // RTLD_NEXT, which is a cast that Swift does not import: the one after this.
    guard let next = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "getaddrinfo") else { return EAI_SYSTEM }
    return unsafeBitCast(next, to: Lookup.self)(name, service, hints, result)
}
