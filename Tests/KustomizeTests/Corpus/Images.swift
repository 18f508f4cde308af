// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let pods = """
        apiVersion: v1
        kind: Pod
        metadata: {name: pod}
        spec:
          volumes: [{name: v, image: {reference: 'nginx:1'}}, {name: w}]
          initContainers: [{name: a, image: nginx}]
          containers:
          - {name: b, image: 'nginx:1.0'}
          - {name: c, image: 'nginx@sha256:abc'}
          - {name: d, image: 'nginx:1@sha256:abc'}
          - {name: e, image: 'reg.io:5000/team/nginx:1'}
          - {name: f, image: 'reg.io:5000/team/nginx'}
          - {name: g, image: 'team/nginx:{TAG}'}
          - {name: h, image: nginx-exporter}
          - {name: i}
          ephemeralContainers: [{name: z, image: nginx}]
        ---
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: thing}
        spec:
          deep: {er: [{containers: [{image: nginx}]}]}
          image: nginx
          containers: {image: nginx}
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: x}
        spec: {containers: [{image: nginx}]}
        """

    private static func images(_ name: String, _ entries: String) -> Tree {
        Tree(name, "resources: [all.yaml]\nimages:\n" + entries + "\n=== all.yaml\n" + pods)
    }

    static let images = Chapter(
        name: "images",
        refused: [
            "a number as tag",
            "an image that is a mapping",
            "no mapping",
            "unknown field",
        ],
        trees: [
            images("newTag", "- {name: nginx, newTag: '2'}"),
            images("newName", "- {name: nginx, newName: other/web}"),
            images("digest", "- {name: nginx, digest: 'sha256:def'}"),
            images("tag and digest", "- {name: nginx, newTag: '2', digest: 'sha256:def'}"),
            images("all", "- {name: nginx, newName: web, newTag: '2', digest: 'sha256:def'}"),
            images("tagSuffix", "- {name: nginx, tagSuffix: -x}"),
            images("tagSuffix and name", "- {name: nginx, newName: web, tagSuffix: -x}"),
            images("registry with a port", "- {name: 'reg.io:5000/team/nginx', newTag: '2'}"),
            images("an expression", "- {name: '.*/nginx', newTag: '9'}"),
            images("an alternative", "- {name: 'nginx|team/nginx', newTag: '9'}"),
            images("one after the other", "- {name: nginx, newName: web}\n- {name: web, newTag: '7'}"),
            images("nothing new", "- {name: nginx}"),
            images("braces", "- {name: team/nginx, newTag: '{X}'}"),
            images("a number as tag", "- {name: nginx, newTag: 1.27}"),
            images("unknown field", "- {name: nginx, newtagg: a}"),
            Tree("imageTags", "resources: [all.yaml]\nimageTags: [{name: nginx, newTag: '3'}]\n=== all.yaml\n" + pods),
            Tree(
                "no mapping",
                "resources: [a.yaml]\nimages: [{name: a, newTag: b}]\n=== a.yaml\n{apiVersion: v1, kind: A, metadata: {name: a}, spec: {containers: [x]}}\n"
            ),
            Tree(
                "an image that is a mapping",
                "resources: [a.yaml]\nimages: [{name: a, newTag: b}]\n=== a.yaml\n{apiVersion: v1, kind: A, metadata: {name: a}, spec: {containers: [{image: {a: b}}]}}\n"
            ),
        ]
    )
}
