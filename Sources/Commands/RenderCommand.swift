// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON
internal import Kustomize
internal import YAML

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// `taffrail render`
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Print what a kustomization builds.",
        discussion: """
            Builds the folder's kustomization.yaml as kustomize 5 does, from files on this machine, and reports everything that is wrong at once, with file and line. \
            Bases may lie anywhere below --root, and nowhere else. Values of generated Secrets are printed as they are.

            Exit status: 0 it was built, 1 an error, 3 something is refused.

            Example:
              taffrail render overlays/production
            """
    )

    @Argument(help: "The folder that holds the kustomization, below --root.")
    var folder: String

    @Option(help: "The folder that nothing may be read outside of, such as the root of the repository.")
    var root = "."

    @Option(name: .shortAndLong, help: "How to print: json, yaml.")
    var output = OutputFormat.yaml

    func validate() throws {
        guard output != .table else { throw ValidationError("what was built is printed as json or yaml") }
    }

    func run() throws {
        let path = folder.trimmingSlashes
        let build = KustomizeBuild.render(folder: path == "." ? "" : path, source: FolderSource(root: root))
        guard build.problems.isEmpty else {
            for problem in build.problems { Terminal.note("error: \(problem) [\(problem.rule)]") }
            throw CommandStatus.denied
        }
        let values = build.objects.map(\.value)
        switch output {
        case .yaml: Terminal.writeData(YAML.emit(documents: values).dropLast())
        default: output.write(.array(values)) { [] }
        }
    }
}

/// A folder of this machine, as a kustomization reads it: regular files alone, and no link is followed, so that nothing leads outside.
private struct FolderSource: KustomizeSource {
    let root: String

    func bytes(_ path: String) throws -> [UInt8]? {
        guard kind(of: path) == S_IFREG else { return nil }
        return try Files.read(absolute(path))
    }

    func isFolder(_ path: String) -> Bool { path.isEmpty || kind(of: path) == S_IFDIR }

    /// `nil` if any part of the path is missing, or is a link.
    private func kind(of path: String) -> mode_t? {
        var place = root
        var kind: mode_t?
        for part in path.split(separator: "/") {
            place += "/" + part
            var status = stat()
            guard lstat(place, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else { return nil }
            kind = status.st_mode & S_IFMT
        }
        return kind
    }

    private func absolute(_ path: String) -> String { "\(root)/\(path)" }
}
