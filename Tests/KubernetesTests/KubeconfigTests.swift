// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import TestSupport
import Testing
import Transport

/// Which files are read, what they lead to, and what is said about those that are of no use.
@Suite struct KubeconfigTests {
    private static let pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    private static let pemData = Data(pem.utf8).base64EncodedString()

    // MARK: - Which files

    @Test func `a named file goes before the variable, and the variable before the home`() throws {
        let folder = try KubeconfigFolder([
            "named": kubeconfig(cluster: "{server: 'https://named'}"),
            "listed": kubeconfig(cluster: "{server: 'https://listed'}"),
            "home/.kube/config": kubeconfig(cluster: "{server: 'https://home'}"),
        ])
        let home = ["HOME": folder.path + "/home"]
        let listed = home.merging(["KUBECONFIG": "/nowhere:\(folder.path)/listed::\(folder.path)/listed"]) { $1 }
        for (flag, environment, server) in [
            (folder.path + "/named", listed, "https://named"), (nil, listed, "https://listed"),
            (nil, home, "https://home"), (nil, home.merging(["KUBECONFIG": ""]) { $1 }, "https://home"),
        ] {
            let found = try ClusterConfiguration.resolve(kubeconfig: flag, context: nil, environment: environment)
            #expect(found.server == server)
        }
    }

    @Test(arguments: [
        ("/nowhere/config", [:], "--kubeconfig must name a file that is there"),
        ("", [:], "--kubeconfig names no file"),
        (
            nil, ["KUBECONFIG": "/nowhere/a:/nowhere/b"],
            "none of the files in $KUBECONFIG is there: /nowhere/a:/nowhere/b"
        ),
        (nil, ["KUBECONFIG": ":"], "none of the files in $KUBECONFIG is there"),
        (nil, ["KUBECONFIG": (0..<65).map { "/\($0)" }.joined(separator: ":")], "65 files"),
        (nil, ["HOME": "/nowhere"], "there is no cluster to talk to"), (nil, [:], "there is no cluster to talk to"),
        // A named file is meant, wherever we run.
        ("/nowhere/config", ["KUBERNETES_SERVICE_HOST": "x", "KUBERNETES_SERVICE_PORT": "1"], "cannot read"),
    ])
    func `no usable file is said so`(flag: String?, environment: [String: String], message: String) throws {
        #expect {
            _ = try ClusterConfiguration.resolve(kubeconfig: flag, context: nil, environment: environment)
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test func `an empty file that is named does not lead to the pod's cluster`() throws {
        let folder = try KubeconfigFolder(["config": ""])
        #expect {
            _ = try ClusterConfiguration.resolve(
                kubeconfig: folder.path + "/config",
                context: nil,
                environment: ["KUBERNETES_SERVICE_HOST": "x", "KUBERNETES_SERVICE_PORT": "1"]
            )
        } throws: {
            "\($0)".contains("no context is chosen")
        }
    }

    @Test func `of several files the first that names a thing counts whole, and relative paths are their own`() throws {
        let folder = try KubeconfigFolder([
            "one/config":
                "current-context: ''\ncontexts: [{name: a, context: {cluster: c, user: u, namespace: team}}]\nusers: [{name: u, user: {tokenFile: ../t}}]",
            "two/config":
                "current-context: a\ncontexts: [{name: a, context: {cluster: other, namespace: other}}]\nclusters: [{name: c, cluster: {server: 'https://c/', certificate-authority: ./ca}}]\nusers: [{name: u, user: {token: other}}]",
            "t": "token-a", "two/ca": Self.pem,
        ])
        let list = ["one/config", "missing", "two/config"].map { "\(folder.path)/\($0)" }.joined(separator: ":")
        let found = try ClusterConfiguration.resolve(kubeconfig: nil, context: nil, environment: ["KUBECONFIG": list])
        #expect(found.server == "https://c" && found.namespace == "team")
        #expect(found.credentials == .tokenFile(folder.path + "/t", otherwise: nil))
        #expect(found.tls.trust == .pem(Array(Self.pem.utf8)))
        #expect(found.origin?.context == "a" && found.origin?.cluster == "c" && found.origin?.user == "u")
    }

    // MARK: - What they lead to

    @Test func `flags choose context, cluster and user, with and without a context`() throws {
        let folder = try KubeconfigFolder([
            "config": """
            contexts: [{name: a, context: {cluster: c, user: u, namespace: team}}, {name: b, context: {cluster: d, user: v}}]
            clusters: [{name: c, cluster: {server: 'https://c'}}, {name: d, cluster: {server: 'https://d'}}]
            users: [{name: u, user: {token: u}}, {name: v, user: {token: v}}]
            """
        ])
        for (context, cluster, user, server, token, namespace) in [
            ("a", nil, nil, "https://c", "u", "team"), ("b", nil, nil, "https://d", "v", nil),
            ("a", "d", nil, "https://d", "u", "team"), ("a", nil, "v", "https://c", "v", "team"),
            (nil, "d", "u", "https://d", "u", nil),
        ] {
            let found = try folder.resolve(context: context, cluster: cluster, user: user)
            #expect(found.server == server && found.credentials == .token(token) && found.namespace == namespace)
        }
        for (context, cluster, user, message) in [
            ("x", nil, nil, "there is no context 'x': choose one with --context, of a, b"),
            (nil, nil, nil, "no context is chosen: choose one with --context, of a, b"),
            ("a", "x", nil, "there is no cluster 'x': choose one with --cluster, of c, d"),
            ("a", nil, "x", "there is no user 'x': choose one with --user, of u, v"),
        ] {
            #expect {
                _ = try folder.resolve(context: context, cluster: cluster, user: user)
            } throws: {
                "\($0)".contains(message)
            }
        }
    }

    @Test func `how the server proves itself and which way leads to it`() throws {
        let data = "certificate-authority-data: \(Self.pemData)"
        for (cluster, check) in [
            (
                "{server: 'https://x/base/', tls-server-name: other}",
                { $0.tls.serverName == "other" && $0.server == "https://x/base" }
            ),
            (
                "{server: 'x:6443', \(data)}",
                { $0.server == "https://x:6443" && $0.tls.trust == .pem(Array(Self.pem.utf8)) }
            ),
            ("{server: 'https://x', insecure-skip-tls-verify: true}", { $0.tls.verification == .none }),
            (
                "{server: 'https://x', insecure-skip-tls-verify: null, proxy-url: ''}",
                { $0.tls.verification == .full && $0.proxy == nil }
            ),
            ("{server: 'https://x', proxy-url: 'http://u:p%40@proxy/'}", { $0.proxy == "http://u:p%40@proxy/" }),
            ("{server: 'https://x', proxy-url: 'HTTPS://[::1]'}", { $0.proxy == "HTTPS://[::1]" }),
            ("{server: 'https://x', proxy-url: 'socks5://proxy'}", { $0.proxy == "socks5://proxy" }),
        ] as [(String, (ClusterConfiguration) -> Bool)] {
            let found = try KubeconfigFolder(["config": kubeconfig(cluster: cluster)]).resolve()
            #expect(check(found), "\(cluster)")
        }
    }

    @Test func `how a user proves who they are`() throws {
        let files = ["t": " from-file\n", "k": Self.pem, "crt": Self.pem]
        let certificate = TLSConfiguration.ClientCertificate(
            certificate: Array(Self.pem.utf8),
            key: Array(Self.pem.utf8)
        )
        let plugin = "exec: {command: p, apiVersion: client.authentication.k8s.io/v1beta1}"
        for (user, expected, hasCertificate) in [
            ("{}", .none, false), ("{token: t, as: ''}", .token("t"), false),
            ("{token: t, \(plugin)}", .token("t"), false),
            ("{username: u, password: p}", .basic(user: "u", password: "p"), false),
            ("{password: p}", .basic(user: "", password: "p"), false),
            ("{client-certificate: crt, client-key-data: \(Self.pemData), \(plugin)}", .none, true),
            ("{client-key: nowhere}", .none, false),
        ] as [(String, ClusterConfiguration.Credentials, Bool)] {
            let found = try KubeconfigFolder(files.merging(["config": kubeconfig(user: user)]) { $1 }).resolve()
            #expect(found.credentials == expected, "\(user)")
            #expect(found.tls.clientCertificate == (hasCertificate ? certificate : nil), "\(user)")
        }
        let folder = try KubeconfigFolder(
            files.merging(["config": kubeconfig(user: "{tokenFile: t, token: o}")]) { $1 }
        )
        #expect(try folder.resolve().credentials == .tokenFile(folder.path + "/t", otherwise: "o"))
    }

    @Test func `whom a user acts for comes from the file, and each flag goes before it`() throws {
        let user = "{as: ada, as-uid: '7', as-groups: [g, h], as-user-extra: {Scope/X: [a, b], none: null}}"
        let folder = try KubeconfigFolder(["config": kubeconfig(user: user)])
        var expected = Impersonation(user: "ada", uid: "7", groups: ["g", "h"], extra: ["Scope/X": ["a", "b"]])
        #expect(try folder.resolve().impersonation == expected)
        expected.user = "bob"
        expected.groups = ["z"]
        #expect(try folder.resolve(impersonation: Impersonation(user: "bob", groups: ["z"])).impersonation == expected)
    }

    // MARK: - What is of no use

    @Test(arguments: [
        ("contexts: []", "no context is chosen"),
        ("current-context: a\ncontexts: []", "the current context is 'a', which is not there"),
        ("\tx", "config:1:1: "), ("- a", "is a mapping with clusters"), ("kind: Secret", ":1:1: kind must be Config"),
        ("apiVersion: v2", ":1:1: apiVersion must be v1"),
        ("clusters: {}", ":1:1: clusters must be a list, not of type object"),
        ("clusters:\n- 5", ":2:3: clusters[0] must be a mapping"),
        ("clusters:\n- name: 5", ":2:3: clusters[0].name must be text, not of type integer: put it in quotes"),
        ("clusters:\n- name: a\n- name: a", ":3:3: clusters[1].name is there twice"),
        (kubeconfig(cluster: "{}"), ":5:3: clusters[0].cluster.server is missing"),
        (
            "current-context: a\ncontexts:\n- name: a\n  context: {cluster: c}",
            ":4:13: contexts[0].context.cluster names 'c', and there is no such cluster"
        ),
        (
            "current-context: a\ncontexts:\n- name: a\n  context: {}",
            ":4:3: contexts[0].context.cluster is missing in the context 'a'"
        ),
        (kubeconfig(cluster: "{server: 'http://x'}"), "only https:// is spoken"),
        (kubeconfig(cluster: "{server: 'https://'}"), "is no URL"),
        (kubeconfig(cluster: "{server: 'foo://x'}"), "is a URL of foo: only https:// is spoken"),
        (kubeconfig(cluster: "{server: 'https://x?y'}"), "has a query"),
        (kubeconfig(cluster: "{server: 'https://x?'}"), "has a query"),
        (kubeconfig(cluster: "{server: 'https://x#'}"), "has a query or a fragment"),
        (kubeconfig(cluster: "{server: 'https://@x'}"), "carries credentials"),
        (
            kubeconfig(cluster: "{server: 'https://x', certificate-authority-data: '%'}"),
            "certificate-authority-data is not Base64"
        ),
        (kubeconfig(cluster: "{server: 'https://x', certificate-authority-data: eA==}"), "holds nothing in PEM"),
        (kubeconfig(cluster: "{server: 'https://x', certificate-authority: /nowhere}"), "cannot read /nowhere"),
        (
            kubeconfig(cluster: "{server: 'https://x', certificate-authority: a, certificate-authority-data: eA==}"),
            "are both given"
        ),
        (
            kubeconfig(
                cluster: "{server: 'https://x', insecure-skip-tls-verify: true, certificate-authority-data: \(pemData)}"
            ), "exclude each other"
        ),
        (kubeconfig(cluster: "{server: 'https://x', insecure-skip-tls-verify: 'true'}"), "must be true or false"),
        (kubeconfig(cluster: "{server: 'https://x', proxy-url: 'ftp://p'}"), "must be a URL of http, https or socks5"),
        (
            kubeconfig(cluster: "{server: 'https://x', proxy-url: 'socks5h://p'}"),
            "must be a URL of http, https or socks5"
        ),
        (kubeconfig(cluster: "{server: 'https://x', proxy-url: 'proxy:3128'}"), "is no URL that can be read"),
        (kubeconfig(cluster: "{server: 'https://x', proxy-url: 'http://:3128'}"), "is no URL that can be read"),
        (kubeconfig(user: "{auth-provider: {name: gcp}}"), ":8:10: users[0].user.auth-provider is not supported"),
        (kubeconfig(user: "{token: t, username: u}"), ":8:3: users[0].user has a token and a password"),
        (kubeconfig(user: "{tokenFile: nowhere}"), "/nowhere: No such file"),
        (kubeconfig(user: "{client-certificate-data: \(pemData)}"), "comes without its key"),
        (kubeconfig(user: "{as-groups: [a]}"), "users[0].user.as is missing"),
        (kubeconfig(user: "{as-groups: [1]}"), "as-groups[0] must be text"),
        (kubeconfig(user: "{as-user-extra: {a: b}}"), "as-user-extra.a must be a list of texts"),
        (kubeconfig(user: "{exec: {}}"), "users[0].user.exec.command is missing"),
        (kubeconfig(user: "{exec: {command: x}}"), "exec.apiVersion is missing"),
        (
            kubeconfig(user: "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}"),
            "exec.apiVersion must be"
        ),
        (
            kubeconfig(user: "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1}}"),
            "exec.interactiveMode is missing"
        ),
        (
            kubeconfig(
                user: "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Maybe}}"
            ), "must be one of Never, IfAvailable, Always"
        ),
        (
            kubeconfig(
                user:
                    "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, env: [{value: x}]}}"
            ), "exec.env has no usable name in item 0"
        ),
        (
            kubeconfig().replacing("user: u", with: "user: v"),
            "contexts[0].context.user names 'v', and there is no such user"
        ),
        (String(repeating: "#", count: 9 << 20), "longer than"),
    ])
    func `a kubeconfig that cannot be used is said so`(text: String, message: String) throws {
        let folder = try KubeconfigFolder(["config": text])
        #expect {
            _ = try folder.resolve()
        } throws: {
            "\($0)".contains(message) && "\($0)".contains(folder.path)
        }
    }

    @Test func `groups need somebody who is in them`() throws {
        let folder = try KubeconfigFolder(["config": kubeconfig()])
        #expect {
            _ = try folder.resolve(impersonation: Impersonation(groups: ["g"]))
        } throws: {
            "\($0)".contains("name one with --as")
        }
    }

    @Test(arguments: [
        kubeconfig(cluster: "{server: 'https://u:hunter2@x'}"),
        kubeconfig(cluster: "{server: 'https://x', proxy-url: 'ftp://u:hunter2@p'}"),
        kubeconfig(cluster: "{server: 'https://x', proxy-url: 'http://u:hunter2@p:999999'}"),
        kubeconfig(user: "{token: hunter2, password: hunter2}"), kubeconfig(user: "{token: [hunter2]}"),
        kubeconfig(user: "{client-key-data: 'hunter2!', client-certificate-data: eA==}"),
        kubeconfig(user: "{exec: {command: x, args: [hunter2, 5]}}"),
        "users:\n- name: u\n  user: {token: hunter2}\n- name: u",
        kubeconfig(user: "{token: hunter2, token: hunter2}"), kubeconfig(user: "{token: \"hunter2}"),
    ])
    func `an error shows no secret`(text: String) throws {
        let folder = try KubeconfigFolder(["config": text])
        #expect {
            _ = try folder.resolve()
        } throws: {
            !"\($0)".contains("hunter2")
        }
    }

    @Test func `what is printed of a configuration shows no secret`() throws {
        let folder = try KubeconfigFolder([
            "config": kubeconfig(
                cluster: "{server: 'https://x', proxy-url: 'http://u:hunter2@p'}",
                user: "{token: hunter2}"
            )
        ])
        let found = try folder.resolve()
        #expect(!"\(found) \(String(reflecting: found)) \(found.credentials)".contains("hunter2"))
    }

    // MARK: - Whose it is

    @Test(arguments: [
        (kubeconfig(user: "{exec: {command: x}}"), "users[0].user.exec runs a program"),
        (kubeconfig(user: "{auth-provider: {name: gcp}}"), "users[0].user.auth-provider runs a program"),
        (kubeconfig(user: "{tokenFile: /var/run/secrets/token}"), "put the content there as token"),
        (kubeconfig(user: "{client-certificate: x}"), "put the content there as client-certificate-data"),
        (kubeconfig(user: "{client-key: x}"), "client-key names a file"),
        (kubeconfig(cluster: "{server: 'https://x', certificate-authority: x}"), "certificate-authority names a file"),
        (
            kubeconfig(cluster: "{server: 'https://x', insecure-skip-tls-verify: true}"),
            "is refused in a kubeconfig that is not your own"
        ),
        // One that no context names, too.
        (
            kubeconfig(user: "{token: t}\n- name: other\n  user: {exec: {command: x}}"),
            "secret team/remote:10:10: users[1].user.exec"
        ),
    ])
    func `a kubeconfig of somebody else runs nothing, reads nothing and checks the server`(
        text: String,
        message: String
    ) {
        #expect {
            _ = try ClusterConfiguration.parse(
                kubeconfig: Array(text.utf8),
                name: "secret team/remote",
                trust: .untrusted,
                reach: .beyondThisHost
            )
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test func `a kubeconfig of somebody else may carry all it needs`() throws {
        let text = kubeconfig(
            cluster:
                "{server: 'https://x', certificate-authority-data: \(Self.pemData), insecure-skip-tls-verify: false}",
            user: "{token: t, tokenFile: '', exec: null}"
        )
        let found = try ClusterConfiguration.parse(
            kubeconfig: Array(text.utf8),
            name: "secret",
            trust: .untrusted,
            reach: .beyondThisHost
        )
        #expect(found.credentials == .token("t") && found.reach == .beyondThisHost)
        #expect(found.tls.trust == .pem(Array(Self.pem.utf8)))
    }
}
