// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Delivery
internal import Git
internal import Keys
internal import Kubernetes
internal import TransparencyLog
internal import Transport
internal import Web

/// What a person can do about an error. The error itself says what happened and where; this is the same for every error of a code, and the one
/// place where it is said.
enum NextStep {
    /// `nil` where the message says it already, or where there is nothing to do.
    static func after(_ error: any Error) -> String? {
        switch error {
        case let error as GitError where (error.cause as? TransportError)?.code == .addressRefused:
            "use a host beyond this one; a controller with --allow-local-repositories also fetches from here"
        case let error as KubernetesError where (error.cause as? TransportError)?.code == .addressRefused:
            "use a host beyond this one; a controller with --allow-local-clusters also delivers to here"
        case let error as GitError: git(error.code)
        case let error as KubernetesError: kubernetes(error)
        case let error as DeliveryError: delivery(error)
        case let error as TransparencyLogError: log(error.code)
        case let error as AuditError: audit(error)
        case let error as KeysError: keys(error.code)
        case let error as TransportError: transport(error.code)
        case let error as WebError where error.code == .cannotListen:
            "name another address with --listen: a port that is free (0 finds one), of an address of this machine; ports below 1024 need rights of their own"
        default: nil
        }
    }

    private static func git(_ code: GitError.Code) -> String? {
        switch code {
        case .invalidURL: "mend the URL of --repo, or of the ConfigRepository; a folder on this machine needs no URL"
        case .invalidReference: "mend --branch, or spec.ref of the ConfigRepository"
        case .unavailable, .timedOut: "check the URL's host and port and the network from here, and run it again"
        case .untrusted:
            "name the authority of the server's certificate: --repo-ca of a command, ca.crt in the Secret of a ConfigRepository"
        case .unauthorized, .forbidden:
            "give credentials that may read it: --repo-user with TAFFRAIL_GIT_PASSWORD, or the Secret of a ConfigRepository"
        case .repositoryNotFound: "check the path of the URL, and whether the credentials show the repository"
        case .redirected: nil
        case .badResponse: "check that the URL or the folder is that of a Git repository, as 'git clone' takes it"
        case .referenceNotFound: "push the branch or commit, or name another one with --branch or --commit"
        case .limitExceeded, .fileTooLarge:
            "name a smaller folder with --path, or take large files out of the repository"
        case .cancelled: "run it again"
        case .objectNotFound: "check --path, and that it was committed: uncommitted files are not seen"
        case .malformedCommit: "run 'git fsck' in the repository, and push commits that it accepts"
        case .unsafePath: "name a path below the repository's root, without '..' and '.git'"
        case .storage:
            "make the folder writable and see that its disk has room; fetched repositories can be deleted, and are fetched again"
        case .damaged:
            "run it again: the copy on this machine is fetched anew; if that does not help, run 'git fsck' in the repository itself"
        case .library: "delete the fetched repository, which is fetched again; if that does not help, report this"
        }
    }

    private static func kubernetes(_ error: KubernetesError) -> String? {
        switch error.code {
        case .unreachable:
            (error.cause as? TransportError).flatMap { transport($0.code) }
                ?? "check the server's address in the kubeconfig; 'taffrail doctor' looks further"
        case .unauthorized:
            "log in again, or name another context of the kubeconfig: the server does not take these credentials"
        case .forbidden: "have an administrator grant that right: 'taffrail doctor' prints the rules that are missing"
        case .notFound: "check the names, the namespace (-n) and the context (--context)"
        case .alreadyExists, .conflict, .gone: "somebody else was faster: run it again"
        case .invalid: "mend the field that the server names"
        case .tooManyRequests, .unavailable: "the server is busy or restarting: run it again in a while"
        case .server: "look into the API server's log, and run it again"
        case .malformedAnswer:
            "check that the kubeconfig's server is a Kubernetes API server, and not a proxy before it"
        case .configuration:
            "compare with 'kubectl config view', or name another file (--kubeconfig) or context (--context)"
        case .credentials: "run the credential plugin by hand, or log in anew with the tool that it belongs to"
        case .unknownKind:
            "mend apiVersion and kind, or install the kind's definition; 'taffrail doctor' looks after Taffrail's own"
        }
    }

    private static func transport(_ code: TransportError.Code) -> String? {
        switch code {
        case .nameNotResolved: "check the host's name, and the DNS of this machine"
        case .connectFailed, .connectTimedOut:
            "check that the server runs at that address, and that no firewall is in between"
        case .serverNotTrusted:
            "check the certificate authority that is trusted for this server: its certificate is by another, or for another name"
        case .clientNotTrusted: "get a new client certificate: the server does not take this one"
        case .deadlineExceeded, .idleTimedOut, .connectionLost, .handshakeFailed:
            "run it again; if it stays, look into the server's log"
        default: nil
        }
    }

    private static func delivery(_ error: DeliveryError) -> String? {
        switch error.code {
        case .clusterUnreadable, .inventoryUnreadable, .inventoryUnwritable, .clusterUnusable:
            error.cause.flatMap { after($0) } ?? "run 'taffrail doctor'"
        case .inventoryFull, .emptyRevision, .clusterChanged: nil
        }
    }

    private static func log(_ code: TransparencyLogError.Code) -> String? {
        switch code {
        case .locked, .tooLarge: nil
        case .unwritable:
            "make room on the disk, and let this user write the folder; 'taffrail doctor --log' looks at both"
        case .unreadable: "let this user read the folder and what is in it"
        case .notFound:
            "name the folder that holds the file 'checkpoint'; a new log is begun by 'taffrail apply --begin-log'"
        case .foreign: "name the key that this log is signed with, or the log that this key signs"
        case .inconsistent, .rolledBack, .malformed:
            "keep the folder as evidence, and restore a copy that 'taffrail audit verify' accepts"
        case .closed: "run it again"
        }
    }

    private static func audit(_ error: AuditError) -> String? {
        switch error.code {
        case .notFound: log(.notFound)
        case .otherCluster: "name the log of this cluster, or the context (--context) of that one"
        case .malformedRecord, .badSignature:
            "do not trust this log: keep the folder as evidence, and compare it with a copy that somebody else holds"
        case .blobMissing: "restore the file below blobs/ from a copy of the log"
        case .index: "stop whoever writes the log, and delete its .state/index.sqlite: it is made anew from the log"
        }
    }

    private static func keys(_ code: KeysError.Code) -> String? {
        switch code {
        case .malformedKey, .noKnownKey:
            "name a key as 'taffrail keys generate' writes it: FILE signs, FILE.vkey checks"
        case .malformedNote, .malformedEnvelope, .badSignature:
            "do not trust this: keep it as evidence, and get it again from where it came from"
        case .unsafeFile, .fileExists: nil
        case .unreadableFile: "check the path; 'taffrail keys generate' makes a key"
        case .unwritableFile: "name a file in a folder that exists and that you may write"
        case .cryptography: "check that OpenSSL works on this machine: 'openssl version'"
        }
    }
}
