import Encodings

/// The CRC-32 of IEEE 802.3, as zlib computes it. A checksum, not a hash: anybody can find another body with the same.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }
}

/// `{form-sorted(body)}`: the pairs of a form, decoded, equal pairs once, sorted by name and value, joined without
/// separators.
enum SortedForm {
  /// Nil when the body is not a form, or one of more pairs than are looked at.
  static func join(_ body: [UInt8]) -> [UInt8]? {
    let separators = body.reduce(0) { $0 + ($1 == UInt8(ascii: "&") ? 1 : 0) }
    guard separators < WebhookLimits.parameters, var pairs = FormEncoding.decode(body) else { return nil }
    pairs.sort { left, right in
      left.name == right.name
        ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
    }
    var result: [UInt8] = []
    for (index, pair) in pairs.enumerated() where index == 0 || pair != pairs[index - 1] {
      result.append(contentsOf: pair.name)
      result.append(contentsOf: pair.value)
    }
    return result
  }
}

/// `{hubspot(url)}`: the URL with a fixed list of percent escapes decoded, and no other.
enum UnescapedURL {
  private static let decoded = Set(":/?@!$'()*,;".utf8)

  static func decode(_ url: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(url.count)
    var next = 0
    while next < url.count {
      if url[next] == UInt8(ascii: "%"), next + 2 < url.count,
        let byte = Hex.decode(url[(next + 1)...(next + 2)], allowUpperCase: true)?.first, decoded.contains(byte)
      {
        result.append(byte)
        next += 3
      } else {
        result.append(url[next])
        next += 1
      }
    }
    return result
  }
}

/// `{sns(body)}`: the fields that AWS SNS signs, each as name, newline, value, newline.
enum NotificationFields {
  private static let notification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
  private static let confirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]

  /// A newline inside any field but the message would let a sender cut the same bytes into other fields.
  static func join(_ tape: JSONTape) throws(RequestReader.Fault) -> [UInt8] {
    var result: [UInt8] = []
    for name in try names(in: tape) {
      guard let value = field(name, in: tape) else {
        // Only the subject may be absent; it is then not signed either.
        if name == "Subject", tape.member(tape.root, name) == nil { continue }
        throw .missing
      }
      if name != "Message", value.contains(UInt8(ascii: "\n")) { throw .malformed }
      result.append(contentsOf: name.utf8)
      result.append(UInt8(ascii: "\n"))
      result.append(contentsOf: value)
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  private static func names(in tape: JSONTape) throws(RequestReader.Fault) -> [String] {
    guard let type = field("Type", in: tape) else { throw .missing }
    switch String(decoding: type, as: UTF8.self) {
    case "Notification": return notification
    case "SubscriptionConfirmation", "UnsubscribeConfirmation": return confirmation
    default: throw .malformed
    }
  }

  /// The signed fields as a JSON object; nil of a message of another type.
  static func object(of tape: JSONTape) -> [UInt8]? {
    guard let names = try? names(in: tape) else { return nil }
    var writer = JSONWriter()
    writer.beginObject()
    for name in names {
      guard let value = field(name, in: tape) else { continue }
      writer.key(name)
      writer.stringBytes(value)
    }
    writer.endObject()
    return writer.finish()
  }

  static func topic(of tape: JSONTape) -> [UInt8]? { field("TopicArn", in: tape) }

  private static func field(_ name: String, in tape: JSONTape) -> [UInt8]? {
    guard tape.kind(tape.root) == .object, let node = tape.member(tape.root, name) else { return nil }
    return tape.stringBytes(node)
  }
}
