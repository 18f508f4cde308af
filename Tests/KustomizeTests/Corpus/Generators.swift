// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    private static let user = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              containers:
              - name: web
                envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: sec}}]
              volumes: [{name: v, configMap: {name: conf}}]
        """

    private static func generated(_ name: String, _ kustomization: String, _ files: String = "") -> Tree {
        Tree(name, "resources: [user.yaml]\n" + kustomization + "\n=== user.yaml\n" + user + "\n" + files)
    }

    static let generators: Chapter = {
        var trees = [
            generated(
                "literals",
                "configMapGenerator: [{name: conf, literals: [a=b, 'c=d=e', \"q='x'\", 'r=\"y\"', 'e=', 'b=1']}]"
            ),
            generated("a secret", "secretGenerator: [{name: sec, literals: [password=hunter2, 'a=']}]"),
            generated("a secret's type", "secretGenerator: [{name: sec, type: kubernetes.io/tls, literals: [a=b]}]"),
            generated("nothing in it", "configMapGenerator: [{name: conf}]\nsecretGenerator: [{name: sec}]"),
            generated(
                "files",
                "configMapGenerator: [{name: conf, files: [f/one.txt, key=f/two.txt, long.txt]}]\nsecretGenerator: [{name: sec, files: [f/one.txt, k=long.txt]}]",
                "=== f/one.txt\nhello\n<&> \"quoted\" \\ \u{2028} ü\n=== f/two.txt\nno\ttab\n=== long.txt\n"
                    + String(repeating: "0123456789", count: 30) + "\n"
            ),
            generated(
                "variables",
                "configMapGenerator: [{name: conf, envs: [a.env], env: b.env}]\nsecretGenerator: [{name: sec, envs: [a.env]}]",
                "=== a.env\n\u{FEFF}A=1\n# comment\n\n  B = two \nC\n=nokey\nD=\"x\"\nE=a=b\n=== b.env\nF=\r\n"
            ),
            generated(
                "options",
                "configMapGenerator: [{name: conf, literals: [a=b], options: {labels: {x: z}, annotations: {note: m}, immutable: true}}]"
            ),
            generated(
                "no hash",
                "configMapGenerator: [{name: conf, literals: [a=b], options: {disableNameSuffixHash: true}}]"
            ),
            generated(
                "options for all",
                """
                generatorOptions: {labels: {x: all, z: z}, annotations: {note: all}, disableNameSuffixHash: false, immutable: true}
                configMapGenerator: [{name: conf, literals: [a=b], options: {labels: {x: own}}}]
                secretGenerator: [{name: sec, literals: [a=b]}]
                """
            ),
            generated(
                "no hash for all",
                "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: conf, literals: [a=b]}]"
            ),
            generated("namespace", "configMapGenerator: [{name: conf, namespace: other, literals: [a=b]}]"),
            generated(
                "prefix and namespace",
                "namePrefix: p-\nnamespace: ns\nconfigMapGenerator: [{name: conf, literals: [a=b]}]\nsecretGenerator: [{name: sec, literals: [a=b]}]"
            ),
            generated(
                "labels and patches",
                "commonLabels: {l: v}\nconfigMapGenerator: [{name: conf, literals: [a=b]}]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {a: patched}}'}]"
            ),
            generated("a key twice", "configMapGenerator: [{name: conf, literals: [a=b, a=c]}]"),
            generated("no sign", "configMapGenerator: [{name: conf, literals: [a]}]"),
            generated("no key", "configMapGenerator: [{name: conf, literals: ['=a']}]"),
            generated("no name", "configMapGenerator: [{literals: [a=b]}]"),
            generated("no file", "configMapGenerator: [{name: conf, files: [nothing.txt]}]"),
            generated("two signs", "configMapGenerator: [{name: conf, files: [a=b=c]}]"),
            generated("no path", "configMapGenerator: [{name: conf, files: [a=]}]"),
            generated(
                "create twice",
                "configMapGenerator: [{name: conf, literals: [a=b]}, {name: conf, literals: [a=b]}]"
            ),
            generated("merge nothing", "configMapGenerator: [{name: conf, behavior: merge, literals: [a=b]}]"),
            generated("type of a ConfigMap", "configMapGenerator: [{name: conf, type: Opaque}]"),
        ]
        trees.append(
            Tree(
                "bytes that are no text",
                files: [
                    "kustomization.yaml": Array(
                        """
                        configMapGenerator: [{name: conf, files: [a.bin, b.bin, c.bin], literals: [x=y]}, {name: bin, files: [b.bin]}]
                        secretGenerator: [{name: sec, files: [a.bin, b.bin, c.bin]}]
                        """.utf8
                    ),
                    "a.bin": [0xFF, 0x00, 0xFE],
                    "b.bin": (0..<200).map { UInt8($0) | 0x80 },
                    "c.bin": Array(repeating: 0xC0, count: 51),
                ]
            )
        )
        return Chapter(
            name: "generators",
            refused: [
                "a key twice",
                "an unknown behavior",
                "create again",
                "create twice",
                "merge nothing",
                "no file",
                "no key",
                "no name",
                "no path",
                "no sign",
                "two signs",
                "type of a ConfigMap",
            ],
            trees: trees + behaviors
        )
    }()

    /// Overlays on a base that generates.
    private static let behaviors: [Tree] = {
        let base = """
            === base/kustomization.yaml
            resources: [user.yaml, plain.yaml]
            configMapGenerator: [{name: conf, literals: [a=1, b=2], options: {labels: {base: yes1}, annotations: {note: base}}}]
            secretGenerator: [{name: sec, type: kubernetes.io/basic-auth, literals: [a=1]}]
            === base/plain.yaml
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: plain, labels: {l: v}}
            data: {n: "1", keep: x}
            === base/user.yaml

            """ + user + "\n"
        func overlay(_ name: String, _ kustomization: String, _ prefix: String = "") -> Tree {
            Tree(
                name,
                folder: "top",
                "=== top/kustomization.yaml\nresources: [../base]\n" + kustomization + "\n" + base
            )
        }
        return [
            overlay("merge", "configMapGenerator: [{name: conf, behavior: merge, literals: [b=3, c=4]}]"),
            overlay("replace", "configMapGenerator: [{name: conf, behavior: replace, literals: [b=3, c=4]}]"),
            overlay(
                "merge with options",
                "configMapGenerator: [{name: conf, behavior: merge, literals: [c=4], options: {labels: {top: a, base: b}, immutable: true}}]"
            ),
            overlay(
                "merge without a hash",
                "configMapGenerator: [{name: conf, behavior: merge, literals: [c=4], options: {disableNameSuffixHash: true}}]"
            ),
            overlay("merge a secret", "secretGenerator: [{name: sec, behavior: merge, literals: [b=2]}]"),
            overlay("replace a secret", "secretGenerator: [{name: sec, behavior: replace, type: x, literals: [b=2]}]"),
            overlay(
                "merge into one from a file",
                "configMapGenerator: [{name: plain, behavior: merge, literals: [b=3]}]"
            ),
            overlay(
                "replace one from a file",
                "configMapGenerator: [{name: plain, behavior: replace, literals: [b=3]}]"
            ),
            overlay("create again", "configMapGenerator: [{name: conf, literals: [b=3]}]"),
            overlay(
                "create with a prefix",
                "namePrefix: p-\nconfigMapGenerator: [{name: other, literals: [b=3]}, {name: conf, behavior: merge, literals: [z=1]}]"
            ),
            overlay("an unknown behavior", "configMapGenerator: [{name: conf, behavior: append, literals: [b=3]}]"),
            Tree(
                "merge behind a prefix",
                folder: "top",
                "=== top/kustomization.yaml\nresources: [../mid]\nconfigMapGenerator: [{name: conf, behavior: merge, literals: [c=4]}]\n"
                    + "=== mid/kustomization.yaml\nresources: [../base]\nnamePrefix: m-\n" + base
            ),
            Tree(
                "merge by the name with a prefix",
                folder: "top",
                "=== top/kustomization.yaml\nresources: [../mid]\nnameSuffix: -t\nconfigMapGenerator: [{name: m-conf, behavior: merge, literals: [c=4]}]\n"
                    + "=== mid/kustomization.yaml\nresources: [../base]\nnamePrefix: m-\n" + base
            ),
            overlay(
                "a patch that removes annotations",
                "patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: conf, annotations: null}}'}]"
            ),
            overlay(
                "a JSON patch on a generated one",
                "patches: [{target: {kind: ConfigMap}, patch: '[{\"op\": \"add\", \"path\": \"/data/x\", \"value\": \"y\"}, {\"op\": \"add\", \"path\": \"/metadata/annotations/z\", \"value\": \"y\"}]'}]"
            ),
        ]
    }()
}
