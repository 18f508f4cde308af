// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// One easy handle of libcurl, with what it points to.
final class CurlEasy {
    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    init() throws(TransportError) {
        guard let handle = curl_easy_init() else {
            throw TransportError(.unavailable, "libcurl has no memory for another transfer")
        }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.pointee = 0
        try check(taffrail_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
    }

    deinit {
        // The handle goes first: its cleanup still writes into the error buffer.
        curl_easy_cleanup(handle)
        errorText.deallocate()
        for list in lists { curl_slist_free_all(list) }
    }

    /// What libcurl says about the failure: more than the code's own text, where there is more.
    func explanation(of code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(taffrail_curl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(TransportError) {
        try set(option, value ? 1 : 0)
    }

    func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
        try check(taffrail_curl_set_string(handle, option, value))
    }

    func set(_ option: CURLoption, blob bytes: [UInt8]) throws(TransportError) {
        try check(taffrail_curl_set_blob(handle, option, bytes, bytes.count))
    }

    /// Sets a list of lines, which lives as long as the handle.
    func set(_ option: CURLoption, lines: [String]) throws(TransportError) {
        guard !lines.isEmpty else { return }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw TransportError(.unavailable, "libcurl has no memory for a list")
            }
            list = longer
        }
        if let list { lists.append(list) }
        try check(taffrail_curl_set_list(handle, option, list))
    }

    /// Has libcurl copy the body of the request, which makes the request one with a body, even if it is empty.
    func set(copyOf body: [UInt8]) throws(TransportError) {
        try check(taffrail_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        try check(body.withUnsafeBytes { taffrail_curl_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) })
    }

    /// Makes the request one with a body, for which libcurl will ask.
    func set(bodyLength: Int) throws(TransportError) {
        try set(CURLOPT_POST, true)
        try check(taffrail_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bodyLength)))
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return taffrail_curl_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    func size(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return taffrail_curl_get_size(handle, info, &value) == CURLE_OK ? Int(value) : 0
    }

    /// The socket of a transfer that only connects.
    var activeSocket: curl_socket_t? {
        var socket = CURL_SOCKET_BAD
        return taffrail_curl_get_socket(handle, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD ? socket : nil
    }

    /// Reads from a transfer that only connects, and forgets what comes. `CURLE_AGAIN`: nothing has come yet.
    func receiveNothing() -> CURLcode {
        var (byte, count) = (UInt8(0), 0)
        return curl_easy_recv(handle, &byte, 1, &count)
    }

    func check(_ code: CURLcode) throws(TransportError) {
        guard code != CURLE_OK else { return }
        let reason = String(cString: curl_easy_strerror(code)).lowercased()
        throw TransportError(
            code == CURLE_OUT_OF_MEMORY ? .unavailable : .invalidConfiguration,
            "libcurl does not take a setting: \(reason)"
        )
    }
}
