// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2
internal import Concurrency
internal import Keys
internal import Transport

/// Everything that the callbacks of one fetch need. libgit2 has one pointer for all of them, so it is one object.
///
/// All of it runs on the repository's thread.
final class FetchSession {
    private let fetch: Fetch
    private let client: HTTPClient
    private var failure: GitError?

    init(fetch: Fetch) {
        self.fetch = fetch
        client = HTTPClient(tls: fetch.origin.tls, reach: fetch.origin.reach)
    }

    func close() {
        client.close()
    }

    func attach(to callbacks: inout git_remote_callbacks, scheme: RepositoryURL.Scheme) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.transfer_progress = transferProgressed
        if scheme == .https { callbacks.transport = transportWanted }
    }

    /// Our own reason, where a callback had one: libgit2 keeps only a number.
    func explained(_ error: GitError) -> GitError { failure ?? error }

    var limits: GitLimits { fetch.limits }

    func refusePack(_ error: GitError) {
        failure = GitError(error.code, "what \(fetch.url.text) sends is refused: \(error.message)")
    }

    // MARK: - Called back

    fileprivate func shouldStop(_ progress: git_indexer_progress) -> Bool {
        if fetch.cancellation.isCancelled {
            failure = GitError(.cancelled, "the fetch of \(fetch.url.text) was cancelled")
        } else if fetch.deadline.isPast {
            failure = GitError(.timedOut, "\(fetch.url.text) could not be fetched in time")
        } else if Int(progress.total_objects) > fetch.limits.packObjects {
            failure = GitError(.limitExceeded, "\(fetch.url.text) sends more than \(fetch.limits.packObjects) objects")
        } else if progress.received_bytes > fetch.limits.packBytes {
            failure = GitError(.limitExceeded, "\(fetch.url.text) sends more than \(fetch.limits.packBytes) bytes")
        }
        return failure != nil
    }

    fileprivate func open(_ service: git_smart_service_t, body: [UInt8]) throws(GitError) -> BlockingTransfer {
        let isListing = service == GIT_SERVICE_UPLOADPACK_LS
        let suffix = isListing ? "/info/refs?service=git-upload-pack" : "/git-upload-pack"
        var headers = [HTTPHeader("User-Agent", "git/2.39 (taffrail)")]
        if !isListing {
            headers.append(HTTPHeader("Content-Type", "application/x-git-upload-pack-request"))
            headers.append(HTTPHeader("Accept", "application/x-git-upload-pack-result"))
        }
        if let authorization { headers.append(HTTPHeader("Authorization", authorization)) }
        let request = HTTPRequest(
            method: isListing ? "GET" : "POST",
            url: fetch.url.text + suffix,
            headers: headers,
            body: body
        )
        let transfer: BlockingTransfer
        do {
            transfer = try client.openBlocking(request, deadline: fetch.deadline, cancellation: fetch.cancellation)
        } catch {
            throw remember(transportFailure(error))
        }
        let type = isListing ? "application/x-git-upload-pack-advertisement" : "application/x-git-upload-pack-result"
        if let refusal = refusal(of: transfer.head, expected: type) {
            transfer.close()
            throw remember(refusal)
        }
        return transfer
    }

    fileprivate func read(
        _ transfer: BlockingTransfer,
        into buffer: UnsafeMutableRawBufferPointer,
        total: inout Int,
        isListing: Bool
    ) throws(GitError) -> Int {
        let count: Int
        do {
            count = try transfer.read(into: buffer)
        } catch {
            throw remember(transportFailure(error))
        }
        total += count
        let limit = isListing ? fetch.limits.advertisementBytes : fetch.limits.packBytes
        guard total <= limit else {
            throw remember(GitError(.limitExceeded, "\(fetch.url.text) sends more than the limit of \(limit) bytes"))
        }
        return count
    }

    // MARK: - Small parts

    private var authorization: String? {
        switch fetch.origin.credentials {
        case .none: nil
        case .basic(let user, let password): "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
        case .bearer(let token): "Bearer " + token
        }
    }

    private func refusal(of head: HTTPResponseHead, expected: String) -> GitError? {
        let url = fetch.url.text
        switch head.status {
        case 200:
            guard head.header("Content-Type") == expected else {
                return GitError(.badResponse, "\(url) does not speak Git's smart protocol: check the URL")
            }
            return nil
        case 301, 302, 303, 307, 308:
            return GitError(
                .redirected,
                "\(url) redirects elsewhere, which is not followed: use the URL that it moved to"
            )
        case 401: return GitError(.unauthorized, "\(url) wants credentials, or refuses those that were given")
        case 403: return GitError(.forbidden, "\(url) may not be read with these credentials")
        case 404:
            return GitError(
                .repositoryNotFound,
                "there is no repository at \(url), or these credentials do not show it"
            )
        case 500...: return GitError(.unavailable, "\(url) answered HTTP \(head.status)")
        default: return GitError(.badResponse, "\(url) answered HTTP \(head.status)")
        }
    }

    private func transportFailure(_ error: any Error) -> GitError {
        guard let transport = error as? TransportError else { return GitError(.library, String(describing: error)) }
        let code: GitError.Code =
            switch transport.code {
            case .cancelled: .cancelled
            case .deadlineExceeded, .idleTimedOut, .connectTimedOut: .timedOut
            case .serverNotTrusted, .clientNotTrusted, .handshakeFailed, .invalidConfiguration: .untrusted
            case .malformedResponse, .responseTooLarge: .badResponse
            default: .unavailable
            }
        return GitError(code, "cannot fetch \(fetch.url.text): \(transport.message)", cause: transport)
    }

    private func remember(_ error: GitError) -> GitError {
        failure = error
        return error
    }
}

/// One request of the smart protocol: libgit2 writes what it asks, then reads the answer.
private final class SmartStream {
    private let session: FetchSession
    private let service: git_smart_service_t
    private var question: [UInt8] = []
    private var transfer: BlockingTransfer?
    private var total = 0

    init(session: FetchSession, service: git_smart_service_t) {
        self.session = session
        self.service = service
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        question.append(contentsOf: bytes)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GitError) -> Int {
        let transfer: BlockingTransfer
        if let open = self.transfer {
            transfer = open
        } else {
            transfer = try session.open(service, body: question)
            self.transfer = transfer
        }
        return try session.read(transfer, into: buffer, total: &total, isListing: service == GIT_SERVICE_UPLOADPACK_LS)
    }

    func close() {
        transfer?.close()
    }
}

// MARK: - What libgit2 calls

@c private func transferProgressed(
    _ progress: UnsafePointer<git_indexer_progress>?,
    _ payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let progress, let payload else { return 0 }
    return Unmanaged<FetchSession>.fromOpaque(payload).takeUnretainedValue().shouldStop(progress.pointee) ? -1 : 0
}

@c private func transportWanted(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_transport>?>?,
    _ owner: OpaquePointer?,
    _ payload: UnsafeMutableRawPointer?
) -> Int32 {
    // The definition is read during the call only; `rpc` says that every request is one of its own, as in HTTP.
    var definition = git_smart_subtransport_definition(callback: subtransportWanted, rpc: 1, param: payload)
    return git_transport_smart(out, owner, &definition)
}

@c private func subtransportWanted(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport>?>?,
    _ owner: UnsafeMutablePointer<git_transport>?,
    _ payload: UnsafeMutableRawPointer?
) -> Int32 {
    let subtransport = UnsafeMutablePointer<taffrail_git_subtransport>.allocate(capacity: 1)
    subtransport.initialize(to: taffrail_git_subtransport())
    subtransport.pointee.context = payload
    subtransport.pointee.base.action = actionWanted
    subtransport.pointee.base.close = { _ in 0 }
    subtransport.pointee.base.free = { base in
        UnsafeMutableRawPointer(base)?.assumingMemoryBound(to: taffrail_git_subtransport.self).deallocate()
    }
    out?.pointee = UnsafeMutableRawPointer(subtransport).assumingMemoryBound(to: git_smart_subtransport.self)
    return 0
}

@c private func actionWanted(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
    _ base: UnsafeMutablePointer<git_smart_subtransport>?,
    _ url: UnsafePointer<CChar>?,
    _ service: git_smart_service_t
) -> Int32 {
    guard let base, service == GIT_SERVICE_UPLOADPACK_LS || service == GIT_SERVICE_UPLOADPACK,
        let payload = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_subtransport.self).pointee
            .context
    else {
        git_error_set_str(Int32(GIT_ERROR_NET.rawValue), "only fetching is supported")
        return GIT_ERROR.rawValue
    }
    let session = Unmanaged<FetchSession>.fromOpaque(payload).takeUnretainedValue()
    let stream = UnsafeMutablePointer<taffrail_git_stream>.allocate(capacity: 1)
    stream.initialize(to: taffrail_git_stream())
    stream.pointee.context = Unmanaged.passRetained(SmartStream(session: session, service: service)).toOpaque()
    stream.pointee.base.subtransport = base
    stream.pointee.base.read = streamRead
    stream.pointee.base.write = streamWrite
    stream.pointee.base.free = streamFree
    out?.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_smart_subtransport_stream.self)
    return 0
}

@c private func streamRead(
    _ base: UnsafeMutablePointer<git_smart_subtransport_stream>?,
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    guard let stream = smartStream(base) else { return GIT_ERROR.rawValue }
    do throws(GitError) {
        count?.pointee = try stream.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size))
        return 0
    } catch {
        git_error_set_str(Int32(GIT_ERROR_NET.rawValue), error.message)
        return GIT_ERROR.rawValue
    }
}

@c private func streamWrite(
    _ base: UnsafeMutablePointer<git_smart_subtransport_stream>?,
    _ bytes: UnsafePointer<CChar>?,
    _ size: Int
) -> Int32 {
    smartStream(base)?.write(UnsafeRawBufferPointer(start: bytes, count: size))
    return 0
}

@c private func streamFree(_ base: UnsafeMutablePointer<git_smart_subtransport_stream>?) {
    guard let base else { return }
    let stream = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_stream.self)
    if let context = stream.pointee.context {
        Unmanaged<SmartStream>.fromOpaque(context).takeRetainedValue().close()
    }
    stream.deallocate()
}

private func smartStream(_ base: UnsafeMutablePointer<git_smart_subtransport_stream>?) -> SmartStream? {
    guard let base,
        let context = UnsafeMutableRawPointer(base).assumingMemoryBound(to: taffrail_git_stream.self).pointee.context
    else { return nil }
    return Unmanaged<SmartStream>.fromOpaque(context).takeUnretainedValue()
}
