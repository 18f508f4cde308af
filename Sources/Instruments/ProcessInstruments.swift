// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a process uses, by the names that every Prometheus client has for it. Where the kernel does not tell, nothing is shown.
package enum ProcessInstruments {
    package static func add(to registry: InstrumentRegistry) {
        registry.reading(
            "process_cpu_seconds_total",
            "Processor time that was used, by user and system.",
            kind: .counter
        ) { cpuSeconds.map { [Sample($0)] } ?? [] }
        registry.reading("process_resident_memory_bytes", "Memory that is in RAM.") {
            memory.map { [Sample($0.resident)] } ?? []
        }
        registry.reading("process_virtual_memory_bytes", "Memory that is mapped.") {
            memory.map { [Sample($0.virtual)] } ?? []
        }
        registry.reading("process_open_fds", "File descriptors that are open.") { openFiles.map { [Sample($0)] } ?? [] }
        registry.reading("process_max_fds", "File descriptors that may be open.") {
            fileLimit.map { [Sample($0)] } ?? []
        }
        let start = startTime
        registry.reading("process_start_time_seconds", "When the process began, in seconds since 1970.") {
            start.map { [Sample($0)] } ?? []
        }
    }

    private static var cpuSeconds: Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var memory: (virtual: Double, resident: Double)? {
        let pages = read("/proc/self/statm")?.split(separator: " ").prefix(2).compactMap { Double($0) } ?? []
        let size = Double(sysconf(Int32(_SC_PAGESIZE)))
        return pages.count == 2 ? (pages[0] * size, pages[1] * size) : nil
    }

    private static var openFiles: Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Besides `.` and `..`, the folder itself.
        return Double(max(0, count - 3))
    }

    private static var fileLimit: Double? {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// By the kernel's count of ticks since the machine's own start.
    private static var startTime: Double? {
        // The name of the program is in parentheses, and may hold anything; the twentieth field after it is the start.
        let fields = read("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        let boot = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        guard fields.count > 19, let ticks = Double(fields[19]), let boot = boot.flatMap({ Double($0) }) else {
            return nil
        }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            // The module's own function of that name hides the system's.
            let count = part.withUnsafeMutableBytes { platformRead(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += part.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// `read(2)`, which `ProcessInstruments.read` hides inside its own scope.
private func platformRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, bytes, count)
}
