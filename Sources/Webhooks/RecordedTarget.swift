import Encodings

/// Request targets as they may be written down: without credentials, in visible ASCII, bounded.
enum RecordedTarget {
  /// Bytes that could break a log line, or hide in one, are written as `%XX`.
  static func text(path: ArraySlice<UInt8>, query: ArraySlice<UInt8>?) -> String {
    var bytes = Array(path)
    if let query {
      bytes.append(UInt8(ascii: "?"))
      bytes.append(contentsOf: query)
    }
    var result: [UInt8] = []
    for byte in bytes.prefix(WebhookLimits.loggedTargetBytes) {
      if (0x21...0x7E).contains(byte) {
        result.append(byte)
      } else {
        result.append(UInt8(ascii: "%"))
        result.append(contentsOf: Hex.encode([byte]).uppercased().utf8)
      }
    }
    if bytes.count > WebhookLimits.loggedTargetBytes { result.append(contentsOf: "...".utf8) }
    return String(decoding: result, as: UTF8.self)
  }

  /// A raw query without any parameter of one of these names, whichever way the name is written. The pairs that
  /// remain keep their bytes and their order; nil when none remains.
  static func query(_ query: ArraySlice<UInt8>, without names: [[UInt8]]) -> [UInt8]? {
    if names.isEmpty { return Array(query) }
    let kept = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).filter { pair in
      !names.contains { QueryParameters.name(of: pair, is: $0) }
    }
    return kept.isEmpty ? nil : Array(kept.joined(separator: [UInt8(ascii: "&")]))
  }
}
