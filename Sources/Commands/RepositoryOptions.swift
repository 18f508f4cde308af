// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Change
internal import Concurrency
internal import Delivery
internal import Git
internal import Keys
internal import TaffrailAPI
internal import Transport

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Which commit, and which folder of it.
struct RepositoryOptions: ParsableArguments {
    @Option(help: "The repository: an https:// or file:// URL, or a folder on this machine.", completion: .directory)
    var repo: String

    @Option(help: "The branch to read.")
    var branch = "main"

    @Option(help: "A commit to read instead of the branch's head: its full id.")
    var commit: String?

    @Option(help: "The folder in the repository that holds the manifests; the whole repository if left out.")
    var path: String?

    @OptionGroup var environmentFile: EnvironmentFileOptions

    @Option(
        help: "A file with the certificate authorities to trust for the repository, instead of the system's.",
        completion: .file()
    )
    var repoCA: String?

    @Option(help: "The user to present to the repository; the password is read from TAFFRAIL_GIT_PASSWORD.")
    var repoUser: String?

    func validate() throws {
        // While the command is being parsed, so that its own usage is printed and not that of all.
        _ = try commit.map(Self.commit)
    }

    private static func commit(_ text: String) throws -> ObjectID {
        guard let id = ObjectID(text) else {
            throw ValidationError("--commit needs the full id of a commit, 40 hexadecimal digits, not '\(text)'")
        }
        return id
    }

    /// What a commit asks for, before it is rendered.
    struct DesiredState {
        let checkout: Checkout
        /// The Environment of `--environment-file`.
        let spec: TaffrailAPI.Environment.Spec?

        var overlay: Overlay { spec.map { Overlay($0) } ?? .none }
        /// Where the Environment delivers to.
        var namespace: String? { spec?.targetNamespace }
    }

    /// Fetches, and reads the commit's files; if the copy on this machine is damaged, once more from the beginning.
    func read(environment: [String: String], progress: Progress) async throws -> DesiredState {
        let spec = try environmentFile.spec()
        let path = path ?? spec?.path ?? ""
        do {
            return DesiredState(
                checkout: try await checkout(path, environment: environment, progress: progress),
                spec: spec
            )
        } catch let error as GitError where error.code == .damaged {
            return DesiredState(
                checkout: try await checkout(path, environment: environment, progress: progress),
                spec: spec
            )
        }
    }

    private func checkout(
        _ path: String,
        environment: [String: String],
        progress: Progress
    ) async throws -> Checkout {
        let url = try Self.url(repo)
        let cache = Self.cache(environment)
        GitRepository.remove(in: cache, unusedFor: Self.longestUnused)
        let repository = try await GitRepository.open(bare: cache + "/" + Self.store(for: url))
        if repository.wasMadeAnew {
            Terminal.note("note: the copy of \(url) on this machine was damaged: all of it is fetched again")
        }
        let reference = try commit.map { GitReference.commit(try Self.commit($0)) }
        progress.tell("fetching \(commit.map { "commit \($0)" } ?? "branch \(branch)")")
        let id = try await repository.fetch(
            reference ?? .branch(branch),
            from: try Self.remote(url, user: repoUser, authorities: repoCA, environment),
            deadline: .after(.seconds(120))
        )
        let checkout = try await Checkout.read(
            repository,
            commit: id,
            url: url,
            branch: commit == nil ? branch : nil,
            path: path.trimmingSlashes
        )
        await noteUncommitted(path.trimmingSlashes, left: checkout.revision.commit)
        progress.tell(
            "read \(checkout.revision) by \(checkout.revision.author.name): "
                + "\(checkout.sources.files.count.counted("manifest file")), \(checkout.sources.builds.count.counted("kustomization"))"
        )
        return checkout
    }

    /// Says of a folder of this machine what is in its files and not in what is delivered.
    private func noteUncommitted(_ path: String, left read: ObjectID) async {
        guard commit == nil, !repo.contains("://"),
            let count = await WorkTreeStatus.uncommittedFiles(in: repo, below: path), count > 0
        else { return }
        let place = path.isEmpty ? "in \(repo)" : "below \(path)"
        Terminal.note(
            "note: \(count.counted("file")) \(place) \(count == 1 ? "is" : "are") not committed: commit \(read.description.prefix(8)) is read, as it is"
        )
    }

    /// - Parameter authorities: the file with those to trust instead of the system's.
    static func remote(
        _ url: String,
        user: String?,
        authorities: String?,
        _ environment: [String: String]
    ) throws -> GitRemote {
        GitRemote(
            url: url,
            credentials: user.map { .basic(user: $0, password: environment["TAFFRAIL_GIT_PASSWORD"] ?? "") } ?? .none,
            tls: TLSConfiguration(trust: try authorities.map { .pem(try Files.read($0)) } ?? .system),
            allowsFileURLs: true
        )
    }

    /// A folder on this machine becomes the `file://` URL that Git knows; whoever fetches judges everything else.
    static func url(_ text: String) throws -> String {
        guard !text.contains("://") else { return text }
        guard let path = realpath(text, nil) else {
            // `git@host:path`, which is no folder's name.
            if text.prefix(while: { $0 != "/" }).contains(":") { return text }
            throw CommandError(
                "--repo: there is no folder '\(text)', and it is no URL either: name one that is there, or https://…"
            )
        }
        defer { free(path) }
        let folder = String(cString: path)
        // A bare repository may lie anywhere, also in a working tree.
        let isRoot = Files.exists(folder + "/.git") || Files.exists(folder + "/HEAD")
        // Not searched for in silence: what --path left out would mean is another set of manifests.
        if !isRoot, let tree = WorkTree(around: folder) {
            throw CommandError(
                "--repo: '\(text)' is a folder of the repository \(tree.root): name that, with --path: --repo \(tree.root) --path \(tree.path)"
            )
        }
        return "file://" + folder
    }

    /// Copies of repositories are kept for as long.
    private static let longestUnused = Duration.seconds(30 * 24 * 3_600)

    /// Where copies of repositories are kept between commands.
    static func cache(_ environment: [String: String]) -> String {
        let home = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { $0 + "/.cache" } ?? "/tmp"
        return home + "/taffrail/repositories"
    }

    static func store(for url: String) -> String {
        "\(SHA256Digest.of(Array(url.utf8)).description.prefix(16)).git"
    }
}

extension String {
    var trimmingSlashes: String {
        var text = self[...]
        while text.first == "/" { text.removeFirst() }
        while text.last == "/" { text.removeLast() }
        return String(text)
    }
}
