// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Tells when the process was asked to end.
final class TerminationSignals: Sendable {
    // Never freed, and only ever set to 1 by the signal handler, which may do little more than that.
    private nonisolated(unsafe) static let flag: UnsafeMutablePointer<sig_atomic_t> = {
        let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
        flag.initialize(to: 0)
        return flag
    }()

    init() {
        _ = Self.flag
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in TerminationSignals.flag.pointee = 1 }
        }
    }

    var isSet: Bool { Self.flag.pointee != 0 }
}
