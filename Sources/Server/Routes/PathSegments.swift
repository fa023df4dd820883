import Encodings

/// A request path taken apart.
enum PathSegments {
  /// Decoded segments; nil for a path that no route can have. Doubled slashes are one, as clients of the Vault API send
  /// them.
  static func decode(_ path: String) -> [String]? {
    var segments: [String] = []
    for raw in path.split(separator: "/", omittingEmptySubsequences: true) {
      guard let bytes = PercentEncoding.decode(Array(raw.utf8), plusIsSpace: false),
        let text = String(validating: bytes, as: UTF8.self)
      else { return nil }
      let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "/" && $0 != "\\" && $0.value != 0x7F }
      guard isPlain, !text.isEmpty, text != ".", text != ".." else { return nil }
      segments.append(text)
    }
    return segments
  }
}
