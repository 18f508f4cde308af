// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Delivery
internal import JSON
internal import YAML

/// `taffrail render`
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Print what a folder's manifests and kustomizations ask for.",
        discussion: """
            Reads the files of a folder on this machine as the controller reads those of a commit: manifests as they are written, folders with a \
            kustomization.yaml as kustomize 5 builds them, with the patches and variables of an Environment if one is named. Everything that is wrong is \
            reported at once, with file and line. Bases may lie anywhere below --root, and nowhere else. Values of Secrets are printed as they are.

            Exit status: 0 it was rendered, 1 an error, 3 something is refused.

            Example:
              taffrail render overlays/production
            """
    )

    @Argument(help: "The folder, below --root.")
    var folder: String

    @Option(help: "The folder that nothing may be read outside of, such as the root of the repository.")
    var root = "."

    @OptionGroup var environmentFile: EnvironmentFileOptions

    @Option(name: .shortAndLong, help: "How to print: json, yaml.")
    var output = OutputFormat.yaml

    func validate() throws {
        guard output != .table else { throw ValidationError("what was rendered is printed as json or yaml") }
    }

    func run() throws {
        let tree = FolderTree(root: root)
        let path = folder.trimmingSlashes
        let place = path == "." ? "" : path
        guard tree.isFolder(place) else {
            throw CommandError("there is no folder '\(folder)' below --root '\(root)'; links are not followed")
        }
        let overlay = try environmentFile.spec().map { Overlay($0) } ?? .none
        let rendering = Renderer(overlay: overlay).render(try SourceSet.gather(from: tree, under: place))
        guard rendering.findings.isEmpty else {
            for finding in rendering.findings { Terminal.note("error: \(finding)") }
            throw CommandStatus.denied
        }
        let values = rendering.objects.map(\.manifest)
        switch output {
        case .yaml: Terminal.writeData(YAML.emit(documents: values).dropLast())
        default: output.write(.array(values)) { [] }
        }
    }
}
