// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Names the calling thread, for debuggers and `top -H`. The kernel keeps 15 bytes; a name that cannot be set is no loss.
package func nameCurrentThread(_ name: String) {
    #if canImport(Glibc)
    // glibc declares pthread_setname_np for GNU sources alone, which Swift's import of it is not.
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array(name.utf8.prefix(15))
    _ = write(file, bytes, bytes.count)
    #else
    pthread_setname_np(name)
    #endif
}
