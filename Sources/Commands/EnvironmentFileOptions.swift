// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import JSON
internal import TaffrailAPI
internal import YAML

/// An Environment that a file describes, for commands that walk its road without a controller.
struct EnvironmentFileOptions: ParsableArguments {
    @Option(
        help:
            "A file with an Environment: its path, targetNamespace, patches and variables count where no flag says otherwise; to plan, diff and apply also its heal, allowedManagers and maxPrune.",
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var environmentFile: String?

    /// `nil` if no file is named.
    func spec() throws -> TaffrailAPI.Environment.Spec? {
        guard let environmentFile else { return nil }
        let stream = YAML.parse(try Files.read(environmentFile), file: environmentFile)
        if let error = stream.errors.first { throw CommandError("--environment-file: \(error)") }
        let found = stream.documents.map(\.value).filter {
            $0["kind"] == "Environment" && $0["apiVersion"]?.stringValue?.hasPrefix("taffrail.dev/") == true
        }
        guard let environment = found.first, found.count == 1 else {
            throw CommandError(
                "--environment-file: \(environmentFile) holds \(found.count) Environments of taffrail.dev: name a file with one"
            )
        }
        let problems = CustomResources.problems(in: environment)
        guard problems.isEmpty else {
            throw CommandError(
                "--environment-file: \(environmentFile): " + problems.map(\.message).joined(separator: "; ")
            )
        }
        let spec = try TaffrailAPI.Environment.decode(environment).spec
        if spec.kubeconfig != nil {
            Terminal.note("note: its kubeConfig is not read here: name that cluster by --kubeconfig or --context")
        }
        return spec
    }
}
