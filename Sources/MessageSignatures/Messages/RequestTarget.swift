import Encodings

/// The target URI of a request, taken apart as the derived components want it (RFC 9421 §2.2).
struct RequestTarget {
  /// The whole URI, as it was called.
  let uri: [UInt8]
  /// Lower case, the scheme's default port left out (§2.2.3).
  let authority: [UInt8]
  /// Never empty; escapes stay as they are (§2.2.6).
  let path: [UInt8]
  /// Without its question mark; nil where there is none.
  let query: [UInt8]?

  init(_ line: HTTPMessage.RequestLine) {
    let scheme = Array(line.scheme.utf8)
    var rest = line.target[...]
    var authority = line.authority[...]
    var uriStart = scheme + Array("://".utf8) + line.authority
    if line.method == "CONNECT" {
      // Authority form: the target is no path.
      authority = rest
      rest = []
      uriStart = scheme + Array("://".utf8) + Array(authority)
    } else if rest.elementsEqual([0x2A]) {
      // Asterisk form (RFC 9110 §7.1): the target URI is the authority's.
      rest = []
    } else if rest.first != 0x2F, let colon = rest.firstIndex(of: 0x3A), rest[colon...].starts(with: "://".utf8) {
      // Absolute form: the target is the target URI, whatever `Host` says (RFC 9112 §3.2.2).
      let start = colon + 3
      let end = rest[start...].firstIndex { $0 == 0x2F || $0 == 0x3F } ?? rest.endIndex
      authority = rest[start..<end]
      uriStart = Array(rest[..<end])
      rest = rest[end...]
    }
    uri = line.targetURI ?? uriStart + rest
    self.authority = Self.normal(authority, scheme: line.scheme)
    let mark = rest.firstIndex(of: 0x3F)
    let path = rest[..<(mark ?? rest.endIndex)]
    self.path = path.isEmpty ? [0x2F] : Array(path)
    query = mark.map { Array(rest[($0 + 1)...]) }
  }

  private static func normal(_ authority: ArraySlice<UInt8>, scheme: String) -> [UInt8] {
    var authority = authority.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    let port = scheme == "https" ? ":443" : scheme == "http" ? ":80" : ":"
    if authority.count > port.utf8.count, authority.suffix(port.utf8.count).elementsEqual(port.utf8) {
      authority.removeLast(port.utf8.count)
    }
    return authority
  }

  /// `@query-param` (§2.2.8): the one parameter with this name, which is given encoded; encoded anew, so that `+` and
  /// `%20` are the same. A value whose escapes are broken, or that is no UTF-8, is refused: readers differ on it.
  func parameter(_ encodedName: String) throws(ComponentFault) -> [UInt8] {
    guard let name = PercentEncoding.decode(Array(encodedName.utf8), plusIsSpace: true) else { throw .malformed }
    var found: ArraySlice<UInt8>?
    let pairs = (query ?? []).split(
      separator: 0x26, maxSplits: MessageSignatureLimits.queryParameters, omittingEmptySubsequences: true)
    guard pairs.count <= MessageSignatureLimits.queryParameters else { throw .tooMany }
    for pair in pairs {
      let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
      guard PercentEncoding.decode(pair[..<equals], plusIsSpace: true) == name else { continue }
      guard found == nil else { throw .repeated }
      found = equals == pair.endIndex ? [] : pair[(equals + 1)...]
    }
    guard let found else { throw .missing }
    guard let value = PercentEncoding.decode(found, plusIsSpace: true), UTF8Text.isValid(value),
      Self.encode(name).elementsEqual(encodedName.utf8)
    else { throw .malformed }
    return Self.encode(value)
  }

  /// The set of the form serialiser, with `%20` for the space.
  private static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    for byte in PercentEncoding.encode(bytes, for: .formValue) {
      if byte == 0x2B { output += [0x25, 0x32, 0x30] } else { output.append(byte) }
    }
    return output
  }
}
