// SPDX-License-Identifier: Apache-2.0

/// Bounds on what a build may cost, so that no repository can exhaust memory or time.
package struct KustomizeLimits: Sendable, Hashable {
    /// Folders that include each other, one below the other.
    package var depth: Int
    /// Kustomizations that are built; a folder that is included twice counts twice.
    package var folders: Int
    /// Files that are read; one that is read twice counts twice.
    package var files: Int
    /// The length of all that is read.
    package var bytes: Int
    /// Objects in the result, and in all kustomizations before they are put together.
    package var objects: Int
    /// What patches, generators and replacements may add to the objects, in values and bytes of text.
    package var expansion: Int
    /// Problems that are reported; the rest are left out.
    package var problems: Int

    package init(
        depth: Int = 32,
        folders: Int = 2_000,
        files: Int = 10_000,
        bytes: Int = 64 << 20,
        objects: Int = 50_000,
        expansion: Int = 64 << 20,
        problems: Int = 100
    ) {
        self.depth = depth
        self.folders = folders
        self.files = files
        self.bytes = bytes
        self.objects = objects
        self.expansion = expansion
        self.problems = problems
    }

    package static let standard = KustomizeLimits()
}
