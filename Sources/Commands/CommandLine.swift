// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Runs the process's command line and ends the process. It does so outside the main actor, where C callbacks may not run.
package nonisolated func runCommandLine() async {
    // A pipe whose reader went away is an error of `write`, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    exit(await TaffrailCommand.execute(Array(CommandLine.arguments.dropFirst())))
}
