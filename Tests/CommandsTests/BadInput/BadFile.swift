// SPDX-License-Identifier: Apache-2.0

import Testing

/// Something bad that can stand in a repository, beside `app/good.yaml`.
struct BadFile: Sendable, CustomTestStringConvertible {
    /// The row of `docs/bad-input.md`.
    let title: String
    /// Run at the root of the repository; `app/bad.yaml` is the bad file, if it is one.
    let script: String
    /// How many objects are without fault; none where the whole commit is refused.
    let fine: Int?
    let path: String

    var testDescription: String { title }

    /// - Parameter script: what makes it.
    private init(_ title: String, fine: Int? = 1, path: String = "app", script: String) {
        self.title = title
        self.script = script
        self.fine = fine
        self.path = path
    }

    /// - Parameter content: of `app/bad.yaml`, as `printf` takes it.
    private init(_ title: String, fine: Int? = 1, _ content: String) {
        let quoted = content.replacing("'", with: "'\\''").replacing("\n", with: "\\n")
        self.init(title, fine: fine, script: "printf -- '\(quoted)' > app/bad.yaml")
    }

    private static func configMap(_ metadata: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {\(metadata)}\n"
    }

    static let all = files + trees + paths + bytes + syntax + manifests

    private static let files = [
        BadFile("a file of 100 MB", script: "head -c 100000000 /dev/zero > app/bad.yaml"),
        BadFile("100,000 files", script: many(99_999)),
        BadFile("more than 200,000 files", fine: nil, script: many(200_001)),
        BadFile("an empty file", script: "> app/bad.yaml"),
        BadFile("nothing but comments and white space", "  \n# nothing\n"),
        BadFile("a link out of the repository", script: "ln -s /etc/passwd app/bad.yaml"),
        BadFile("a link to a folder", script: "mkdir other && ln -s ../other app/bad"),
        BadFile(
            "a submodule",
            script:
                "git add -A && git update-index --add --cacheinfo 160000,$(git hash-object -t tree /dev/null),app/bad"
        ),
        BadFile("a line break in a name", script: "> $'app/b\\nad.yaml'"),
        BadFile("a name that is not UTF-8", script: "> $'app/b\\xffad.yaml'"),
    ]

    /// So many files of one and the same content, which holds no object.
    private static func many(_ count: Int) -> String {
        """
        { echo 'blob'; echo 'mark :1'; echo 'data 2'; echo '#'; echo
          echo 'commit refs/heads/many'; echo 'committer Ada <a@example.com> 0 +0000'; echo 'data 0'
          seq \(count) | awk '{ printf "M 100644 :1 app/%d/%d.yaml\\n", $1 / 1000, $1 }'
        } | git fast-import --quiet && git read-tree many && git update-index --add app/good.yaml
        """
    }

    private static let trees = [
        tree("'..' in a tree", "..", "100644 blob"),
        tree("'.git' in a tree", ".git", "040000 tree"),
        BadFile(
            "two entries of one name in a tree",
            fine: nil,
            script: inTree("{ git ls-tree HEAD:app; git ls-tree HEAD:app; } | git mktree")
        ),
        BadFile(
            "a slash in a name of a tree",
            fine: nil,
            script: inTree(
                "{ printf '100644 a/b.yaml\\0'; printf \(oid("$blob")); } | git hash-object -t tree --literally -w --stdin"
            )
        ),
        BadFile(
            "a path of more than 1,024 bytes",
            fine: nil,
            script: "d=app; for i in 1 2 3 4 5 6; do d=$d/$(printf '%0200d' $i); done; mkdir -p $d; > $d/bad.yaml"
        ),
        BadFile(
            "folders within each other, more than 64",
            fine: nil,
            script: "d=app; for i in $(seq 70); do d=$d/d; done; mkdir -p $d; > $d/bad.yaml"
        ),
    ]

    private static func tree(_ title: String, _ name: String, _ type: String) -> BadFile {
        let object = type.hasSuffix("blob") ? "$blob" : "$(git rev-parse HEAD:app)"
        let line = "printf '\(type) %s\\t\(name)\\n' \"\(object)\""
        return BadFile(title, fine: nil, script: inTree("{ git ls-tree HEAD:app; \(line); } | git mktree"))
    }

    /// Commits a tree that no work tree can hold as `app`.
    private static func inTree(_ script: String) -> String {
        """
        git add -A && git commit -qm First
        blob=$(git rev-parse HEAD:app/good.yaml)
        app=$(\(script))
        root=$(printf '040000 tree %s\\tapp\\n' $app | git mktree)
        git update-ref refs/heads/made $(git commit-tree -m Made $root)
        """
    }

    /// An object's id as the bytes that a tree holds.
    private static func oid(_ variable: String) -> String { "\"$(echo \(variable) | sed 's/../\\\\x&/g')\"" }

    private static let paths = [
        BadFile("'..' in --path", fine: nil, path: "app/../app", script: ""),
        BadFile("a line break in --path", fine: nil, path: "a\npp", script: ""),
        BadFile("a --path that is not there", fine: nil, path: "apps", script: ""),
        BadFile("a --path that is a file", fine: nil, path: "app/good.yaml", script: ""),
    ]

    private static let bytes = [
        BadFile("text that is not UTF-8", configMap("name: bad") + "data: {a: \\xe9}\n"),
        BadFile("UTF-16", script: "printf '\\xff\\xfea\\0' > app/bad.yaml"),
        BadFile("a control character", configMap("name: bad") + "data: {a: \"\\x1b\"}\n"),
        BadFile("a byte order mark", fine: 2, "\\xef\\xbb\\xbf" + configMap("name: bad")),
        BadFile("Windows line ends", fine: 2, configMap("name: bad").replacing("\n", with: "\\r\\n")),
    ]

    private static let syntax = [
        BadFile("a tab as indentation", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\\tname: bad\n"),
        BadFile("a key twice", configMap("name: bad") + "data:\n  a: x\n  a: y\n"),
        BadFile("nesting beyond 128 levels", String(repeating: "[", count: 200)),
        BadFile("an alias bomb", bomb),
        BadFile("an alias without an anchor", configMap("name: *bad")),
        BadFile("a list as a key", configMap("name: bad") + "data:\n  ? [a]\n  : b\n"),
        BadFile("nothing as a key", configMap("name: bad") + "data: {~: b}\n"),
        BadFile("numbers and booleans as keys", fine: 2, configMap("name: bad") + "data: {1: a, true: b}\n"),
        BadFile("infinity", configMap("name: bad") + "spec: {a: .inf}\n"),
        BadFile(
            "JSON with something behind it",
            fine: 2,
            script:
                "printf '{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"bad\"}} x' > app/bad.json"
        ),
    ]

    private static let bomb =
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + zip("abcdefgh", "bcdefghi").map { from, to in
            "\(to): &\(to) [" + Array(repeating: "*\(from)", count: 10).joined(separator: ", ") + "]\n"
        }.joined()

    private static let manifests = [
        BadFile("an empty document", fine: 2, "---\n---\n# nothing\n---\n" + configMap("name: bad") + "---\n"),
        BadFile("a file that holds no manifest", "replicas: 3\n"),
        BadFile("a text in place of an object", "hello\n"),
        BadFile("no name", configMap("labels: {a: b}")),
        BadFile("generateName", configMap("generateName: bad-")),
        BadFile("'..' as a name", configMap("name: ..")),
        BadFile("a name that leads elsewhere", configMap("name: a/../../secrets/b")),
        BadFile("a line break in an object's name", configMap("name: \"a\\\\nerror: b\"")),
        BadFile("a namespace that leads elsewhere", configMap("name: bad, namespace: ../b")),
        BadFile("an apiVersion that leads elsewhere", "apiVersion: v1?a=b\nkind: ConfigMap\nmetadata: {name: bad}\n"),
        BadFile("a kind that is no name", "apiVersion: v1\nkind: Config/Map\nmetadata: {name: bad}\n"),
        BadFile("a label that is a number", configMap("name: bad, labels: {version: 1.0}")),
        BadFile("a List", fine: 3, list("{" + inline("one") + "}, {" + inline("two") + "}")),
        BadFile(
            "a List in a List, with one bad item",
            fine: 2,
            list("{apiVersion: v1, kind: List, items: [{\(inline("one"))}, {kind: ConfigMap}]}")
        ),
        BadFile("a List without items", "apiVersion: v1\nkind: List\n"),
        BadFile("a List whose items are no list", "apiVersion: v1\nkind: List\nitems: 5\n"),
        BadFile("a List of something else than objects", list("3")),
        BadFile("the same object twice", configMap("name: bad") + "---\n" + configMap("name: bad")),
        BadFile(
            "an object of more than 3 MiB",
            script: "{ printf '\(configMap("name: bad").replacing("\n", with: "\\n"))data: {a: \"'; "
                + "head -c 4000000 /dev/zero | tr '\\0' x; echo '\"}'; } > app/bad.yaml"
        ),
    ]

    private static func inline(_ name: String) -> String {
        "apiVersion: v1, kind: ConfigMap, metadata: {name: \(name)}"
    }
    private static func list(_ items: String) -> String { "apiVersion: v1\nkind: List\nitems: [\(items)]\n" }
}
