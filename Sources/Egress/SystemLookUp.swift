import Destinations
import Glibc

/// One blocking call of getaddrinfo.
enum SystemLookUp {
  /// glibc's EAI_NODATA and EAI_ADDRFAMILY (netdb.h), which the Glibc module does not show.
  private static let noData: Int32 = -5
  private static let addressFamily: Int32 = -9

  static func addresses(of name: String, maximum: Int) -> LookUpAnswer {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(name, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    switch status {
    case 0: break
    case EAI_NONAME: return .failed(.dns(.unknownName))
    case noData, addressFamily: return .failed(.dns(.noAddress))
    case EAI_AGAIN: return .failed(.dns(.temporary))
    default: return .failed(.dns(.failed))
    }
    var found: [IPAddress] = []
    var next = list
    while let entry = next?.pointee, found.count < maximum {
      if let address = address(of: entry), !found.contains(address) { found.append(address) }
      next = entry.ai_next
    }
    return found.isEmpty ? .failed(.dns(.noAddress)) : .found(found)
  }

  private static func address(of entry: addrinfo) -> IPAddress? {
    guard let pointer = entry.ai_addr else { return nil }
    let raw = UnsafeRawPointer(pointer)
    switch entry.ai_family {
    case AF_INET:
      let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
      return withUnsafeBytes(of: address) { IPAddress(networkBytes: $0) }
    case AF_INET6:
      let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      return withUnsafeBytes(of: address) { IPAddress(networkBytes: $0) }
    default: return nil
    }
  }
}
