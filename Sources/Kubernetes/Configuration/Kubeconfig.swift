// SPDX-License-Identifier: Apache-2.0

/// One kubeconfig, or several merged as kubectl merges them.
///
/// An entry of a name is taken whole from the first file that has it, also where it is empty there; the current context is the first
/// that is not empty. Paths stay those of the file in which they are written.
struct Kubeconfig: Sendable {
    /// How many files are merged at most.
    private static let fileLimit = 64

    private(set) var clusters: [String: KubeconfigCluster] = [:]
    private(set) var users: [String: KubeconfigUser] = [:]
    private(set) var contexts: [String: KubeconfigContext] = [:]
    private(set) var currentContext = ""
    /// The files, as people named them.
    let source: String

    /// - Parameter trust: who wrote the files.
    init(_ files: [KubeconfigFile], trust: KubeconfigTrust) throws(KubernetesError) {
        source = files.map(\.name).joined(separator: ", ")
        for file in files { try add(FieldReader(file), trust) }
    }

    /// Reads the files of a list; those that are not there are left out.
    static func load(_ paths: [String]) throws(KubernetesError) -> Kubeconfig {
        guard paths.count <= fileLimit else {
            throw KubernetesError(.configuration, "$KUBECONFIG names \(paths.count) files, more than \(fileLimit)")
        }
        var files: [KubeconfigFile] = []
        for path in paths where FileReader.exists(path) { files.append(try KubeconfigFile(path: path)) }
        return try Kubeconfig(files, trust: .ownUser)
    }

    /// Whether nothing at all is said, as in an empty file.
    var isEmpty: Bool { clusters.isEmpty && users.isEmpty && contexts.isEmpty && currentContext.isEmpty }

    private mutating func add(_ file: FieldReader, _ trust: KubeconfigTrust) throws(KubernetesError) {
        let clusters = try Self.entries(file, "clusters", "cluster") { entry throws(KubernetesError) in
            try trust.check(entry)
            return try KubeconfigCluster(entry)
        }
        let users = try Self.entries(file, "users", "user") { entry throws(KubernetesError) in
            try trust.check(entry)
            return try KubeconfigUser(entry)
        }
        let contexts = try Self.entries(file, "contexts", "context") { entry throws(KubernetesError) in
            try KubeconfigContext(entry)
        }
        self.clusters.merge(clusters) { first, _ in first }
        self.users.merge(users) { first, _ in first }
        self.contexts.merge(contexts) { first, _ in first }
        let current = try file.string("current-context")
        if currentContext.isEmpty { currentContext = current }
    }

    private static func entries<Entry>(
        _ file: FieldReader,
        _ list: String,
        _ member: String,
        _ read: (FieldReader) throws(KubernetesError) -> Entry
    ) throws(KubernetesError) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for item in try file.items(list) {
            let name = try item.string("name")
            guard entries[name] == nil else {
                throw item.error("name", "is there twice in this list: '\(name)'; remove or rename one of the two")
            }
            // An entry without its member is one of that name which says nothing.
            entries[name] = try read(try item.mapping(member))
        }
        return entries
    }
}
