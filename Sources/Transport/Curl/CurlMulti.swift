// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// libcurl's multi handle: many transfers on one thread, with the connections and names they share.
final class CurlMulti {
    private let handle: UnsafeMutableRawPointer

    /// The handle under which any thread may wake a poll. Valid as long as this object.
    var wakeHandle: WakeHandle { WakeHandle(handle) }

    init(maxStreams: Int) throws(TransportError) {
        guard let handle = curl_multi_init() else {
            throw TransportError(.unavailable, "libcurl has no memory for its multi handle")
        }
        self.handle = handle
        try check(taffrail_curl_multi_set_long(handle, CURLMOPT_MAX_CONCURRENT_STREAMS, maxStreams))
        // When descriptors have run out, libcurl makes a handle that cannot be woken and says so only here.
        try check(curl_multi_wakeup(handle))
    }

    deinit {
        curl_multi_cleanup(handle)
    }

    func add(_ easy: CurlEasy) throws(TransportError) {
        try check(curl_multi_add_handle(handle, easy.handle))
    }

    /// Ends the transfer, if it still runs. Fails for no handle that was added, but for those there is no remedy.
    func remove(_ easy: CurlEasy) {
        curl_multi_remove_handle(handle, easy.handle)
    }

    /// Does what can be done without waiting; callbacks run inside.
    func perform() throws(TransportError) {
        var running: Int32 = 0
        try check(curl_multi_perform(handle, &running))
    }

    /// Waits for sockets, libcurl's own timers, a wake-up, or `milliseconds`.
    ///
    /// - Parameter more: sockets that libcurl does not wait for by itself.
    func poll(milliseconds: Int32, more: [curl_socket_t]) throws(TransportError) {
        var extra = more.map { curl_waitfd(fd: $0, events: Int16(CURL_WAIT_POLLIN), revents: 0) }
        try check(curl_multi_poll(handle, &extra, UInt32(extra.count), milliseconds, nil))
    }

    /// The next transfer that has ended, with its result.
    func nextFinished() -> (handle: UnsafeMutableRawPointer, result: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, taffrail_curl_message_result(message))
        }
        return nil
    }

    private func check(_ code: CURLMcode) throws(TransportError) {
        guard code != CURLM_OK else { return }
        let reason = String(cString: curl_multi_strerror(code)).lowercased()
        throw TransportError(.unavailable, "libcurl's loop failed: \(reason); memory or descriptors may have run out")
    }
}

/// A multi handle for waking alone.
///
/// Unchecked: `curl_multi_wakeup` is the one call that libcurl allows from any thread. That the handle still exists is
/// the mailbox's part, which wakes and forgets it under one lock.
struct WakeHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    fileprivate init(_ handle: UnsafeMutableRawPointer) {
        self.handle = handle
    }

    func wake() {
        // Its result is of no use here: it was tried when the handle was made, and the pipe it writes to may be full,
        // which wakes as well.
        curl_multi_wakeup(handle)
    }
}
