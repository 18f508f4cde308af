// SPDX-License-Identifier: Apache-2.0

import Change
import Delivery
import JSON
import YAML

/// Trees of manifests and kustomizations, with what an Environment patches in them: as far as they go without a cluster.
enum ManifestsTarget {
    /// What an Environment has, if the tree holds it: `patches` and `variables`.
    private static let overlayPath = "overlay"

    static func run(_ bytes: [UInt8]) {
        let tree = Tree(bytes, firstPath: "a.yaml")
        guard let sources = try? SourceSet.gather(from: tree, under: "") else { return }
        let rendering = Renderer(overlay: overlay(of: tree)).render(sources)
        for object in rendering.objects {
            expect(!object.name.isEmpty && object.name != "..", "an object has a name")
            YAMLTarget.roundTrip(object.manifest)
        }
        let secrets = SecretKeeper(key: [1])
        guard let verdict = try? Judge(targetNamespace: "models", secrets: secrets).judge(rendering, resources: nil)
        else {
            return
        }
        for finding in verdict.findings {
            expect(!finding.message.isEmpty && !finding.rule.isEmpty, "a finding says what it is")
            let isThere = finding.location.map { tree.files[$0.path] != nil || tree.isFolder($0.path) }
            expect(isThere ?? true, "and where: \(finding)")
        }
        let keys = verdict.allowed.map(\.key)
        expect(Set(keys).count == keys.count, "no object is there twice")
        expect(verdict.allowed.count <= rendering.objects.count, "none comes from nowhere")
    }

    private static func overlay(of tree: Tree) -> Overlay {
        guard let bytes = tree.files[overlayPath], let document = YAML.parse(bytes, file: overlayPath).documents.first
        else {
            return .none
        }
        let variables = (document.value["variables"]?.objectValue ?? [:]).map { ($0.key, $0.value) }
        return Overlay(
            patches: document.value["patches"]?.arrayValue ?? [],
            variables: Dictionary(variables) { first, _ in first }
        )
    }
}
