// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Where a credential plugin reads what somebody types, and writes what it wants to tell them.
struct PluginStreams: Sendable {
    /// Descriptors.
    let input: Int32
    let errors: Int32

    static let ofThisProcess = PluginStreams(input: STDIN_FILENO, errors: STDERR_FILENO)

    /// Whether somebody could type something.
    var isTerminal: Bool { isatty(input) == 1 }
}
