// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What is fuzzed: readers of text that comes from outside, each with what must hold for whatever it is given.
///
/// libFuzzer brings `main`, makes the inputs, and watches time and memory; `fuzz TARGET [FLAG|FILE|FOLDER]...` takes its flags.
enum Fuzz {
    typealias Target = @Sendable ([UInt8]) -> Void

    static let targets: [String: Target] = [
        "json": JSONTarget.run, "yaml": YAMLTarget.run, "kubeconfig": KubeconfigTarget.run,
        "kustomize": KustomizeTarget.run, "manifests": ManifestsTarget.run,
    ]

    /// The one that the command line names. libFuzzer runs its inputs one after the other, on one thread.
    nonisolated(unsafe) fileprivate(set) static var target: Target = { _ in }
}

/// Ends the process, which libFuzzer takes for a finding, unless something holds.
func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError("does not hold: \(what())") }
}

/// Called once, before anything is run: takes the target's name out of the command line.
@_cdecl("LLVMFuzzerInitialize")
func initializeFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    let name = count.pointee > 1 ? words.pointee[1].map { String(cString: $0) } ?? "" : ""
    guard let target = Fuzz.targets[name] else {
        let usage = "usage: fuzz \(Fuzz.targets.keys.sorted().joined(separator: "|")) [FLAG|FILE|FOLDER]...\n"
        write(STDERR_FILENO, usage, usage.utf8.count)
        exit(1)
    }
    Fuzz.target = target
    for index in 1..<Int(count.pointee) { words.pointee[index] = words.pointee[index + 1] }
    count.pointee -= 1
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
