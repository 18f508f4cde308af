// SPDX-License-Identifier: Apache-2.0

internal import CCurl

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension CurlEasy {
    /// Has libcurl report to a transfer.
    ///
    /// - Parameter transfer: an unretained `Transfer` that outlives the handle.
    func setCallbacks(_ transfer: UnsafeMutableRawPointer) throws(TransportError) {
        try check(taffrail_curl_set_pointer(handle, CURLOPT_PRIVATE, transfer))
        try check(
            taffrail_curl_set_data_callback(
                handle,
                CURLOPT_HEADERFUNCTION,
                CURLOPT_HEADERDATA,
                receiveHeaderLine,
                transfer
            )
        )
        try check(
            taffrail_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, receiveBody, transfer)
        )
        try check(taffrail_curl_set_socket_callback(handle, openSocket, transfer))
        try check(taffrail_curl_set_debug_callback(handle, receiveDebug, transfer))
        // Or the callback is not called. What libcurl hands it holds credentials, and goes nowhere.
        try set(CURLOPT_VERBOSE, true)
    }

    /// Has libcurl ask a transfer for the body of the request.
    func setBodySource(_ transfer: UnsafeMutableRawPointer) throws(TransportError) {
        try check(
            taffrail_curl_set_data_callback(handle, CURLOPT_READFUNCTION, CURLOPT_READDATA, sendBody, transfer)
        )
        try check(taffrail_curl_set_seek_callback(handle, seekBody, transfer))
    }
}

@c private func receiveHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer.receive(headerLine: line) ? line.count : 0
}

@c private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

@c private func sendBody(
    _ target: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return Int(CURL_READFUNC_ABORT) }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.copyBody(into: UnsafeMutableRawBufferPointer(start: target, count: size * count))
}

/// For a request that is sent once more: libcurl takes the body from its start again.
@c private func seekBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard let context, origin == SEEK_SET, let offset = Int(exactly: offset) else { return CURL_SEEKFUNC_CANTSEEK }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.seekBody(to: offset) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

@c private func receiveDebug(
    _ handle: UnsafeMutableRawPointer?,
    _ kind: curl_infotype,
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard kind == CURLINFO_SSL_DATA_IN, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    transfer.note(tls: UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

/// Opens what libcurl would, with two differences: the address is judged, and no child process inherits the socket.
@c private func openSocket(
    _ context: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else {
        return CURL_SOCKET_BAD
    }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    // By its offset: the address is longer than the struct's last field says when it is an IPv6 one.
    let raw = UnsafeRawPointer(address).advanced(by: offset).assumingMemoryBound(to: sockaddr.self)
    guard transfer.mayConnect(to: raw, length: Int(address.pointee.addrlen)) else { return CURL_SOCKET_BAD }
    #if canImport(Glibc)
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return socket(address.pointee.family, type, address.pointee.protocol)
    #else
    let descriptor = socket(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return descriptor
    #endif
}
