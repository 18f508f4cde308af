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
    let status = await TaffrailCommand.execute(Array(CommandLine.arguments.dropFirst()))
    fflush(nil)
    // Not `exit`: it takes OpenSSL and the allocators of other libraries apart while threads that are about to end still give things back to them, which
    // aborted one of some hundred processes that had done everything right. All that has to be kept was written and closed by those who own it.
    _exit(status)
}
