// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kustomize

/// Turns what a folder holds into objects: reads, builds, patches, puts variables in, and checks. Pure: the same files give the same objects in the same order.
package struct Renderer: Sendable {
    private let overlay: Overlay

    package init(overlay: Overlay = .none) {
        self.overlay = overlay
    }

    package func render(_ sources: SourceSet) -> Rendering {
        var report = RenderReport()
        for finding in sources.findings { report.add(finding) }
        var manifests: [Manifest] = []
        for file in sources.files { manifests += ManifestReader.read(file, &report) }
        for build in sources.builds { manifests += Self.manifests(of: build, &report) }
        let locator = ManifestLocator(sources.files)
        let rendered = overlay.applied(to: manifests, &report).compactMap { manifest in
            ManifestCheck.object(manifest, &report).map { (manifest.place, $0) }
        }
        let findings = report.located(by: locator)
        return Rendering(
            objects: Self.located(rendered, by: locator),
            findings: findings,
            brokenPaths: Set(findings.map { $0.location?.path ?? Overlay.name })
        )
    }

    private static func manifests(of build: KustomizeBuild, _ report: inout RenderReport) -> [Manifest] {
        for problem in build.problems { report.add(Finding(problem)) }
        return build.objects.map { object in
            let place = ManifestPlace(
                path: object.path,
                document: object.document,
                start: object.position,
                tokens: nil
            )
            return Manifest(value: object.value, place: place)
        }
    }

    /// Items of lists stand within their documents.
    private static func located(
        _ rendered: [(place: ManifestPlace, object: RenderedObject)],
        by locator: ManifestLocator
    ) -> [RenderedObject] {
        let places = rendered.map { item in item.place.tokens?.isEmpty == false ? item.place : nil }
        let locations = locator.locations(places.map { ($0, []) })
        return zip(rendered, locations).map { item, location in
            guard let location else { return item.object }
            let object = item.object
            return RenderedObject(
                type: object.type,
                name: object.name,
                namespace: object.namespace,
                manifest: object.manifest,
                location: location
            )
        }
    }
}
