// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Which addresses a client may connect to, judged after name resolution, so that no name can lead astray.
///
/// With a proxy it is the proxy's address that is judged: what the proxy may reach is the proxy's to say.
package enum AddressReach: Sendable, Hashable {
    case anywhere
    /// No loopback, link-local, multicast or unspecified address, in IPv4 or IPv6 or one in the other, and none of the
    /// metadata services that clouds keep elsewhere. For URLs that tenants give.
    case beyondThisHost

    /// Whether an IPv4 (4 bytes) or IPv6 (16 bytes) address may be connected to.
    func allows(address bytes: [UInt8]) -> Bool {
        guard self == .beyondThisHost else { return true }
        return switch bytes.count {
        case 4: Self.isRemote(ipv4: bytes)
        case 16: Self.isRemote(ipv6: bytes)
        default: false
        }
    }

    /// Whether a resolved socket address may be connected to.
    func allows(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        guard self == .beyondThisHost else { return true }
        guard let bytes = Self.addressBytes(address, length: length) else { return false }
        return allows(address: bytes)
    }

    private static func addressBytes(_ address: UnsafePointer<sockaddr>, length: Int) -> [UInt8]? {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr, Array.init)
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr, Array.init)
        default:
            return nil
        }
    }

    /// Metadata services with credentials in them that are not link-local.
    private static let metadataServices: Set<[UInt8]> = [
        // Alibaba Cloud.
        [100, 100, 100, 200],
        // AWS, in IPv6.
        [0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
    ]

    private static func isRemote(ipv4 bytes: [UInt8]) -> Bool {
        guard !metadataServices.contains(bytes) else { return false }
        return switch (bytes[0], bytes[1]) {
        case (0, _), (127, _), (169, 254), (224..., _): false
        default: true
        }
    }

    private static func isRemote(ipv6 bytes: [UInt8]) -> Bool {
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == bytes[11], [0, 0xff].contains(bytes[10]) {
            // Unspecified, loopback, IPv4-compatible and IPv4-mapped; `::1` falls under 0.0.0.0/8.
            return isRemote(ipv4: Array(bytes.suffix(4)))
        }
        if bytes.starts(with: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) {
            // NAT64 leads to the IPv4 address in it.
            return isRemote(ipv4: Array(bytes.suffix(4)))
        }
        guard !metadataServices.contains(bytes) else { return false }
        let isLinkLocal = bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
        let isMulticast = bytes[0] == 0xff
        return !isLinkLocal && !isMulticast
    }
}
