internal import CSodium
internal import Encodings

/// Text between `-----BEGIN …-----` and `-----END …-----` (RFC 7468): one block, and nothing around it but white space.
/// Headers (those of encrypted keys) are not part of that form and are refused.
enum PEM {
  /// A block that holds nothing secret.
  struct Block {
    let label: String
    let bytes: [UInt8]

    init?(_ text: [UInt8]) {
      guard let frame = text.withRawBytes({ Frame($0) }),
        let bytes = Base64.decode(text[frame.body].filter { !PEM.isSpace($0) })
      else { return nil }
      label = frame.label
      self.bytes = bytes
    }
  }

  /// A block that holds a secret; its bytes never leave secret memory.
  struct GuardedBlock {
    let label: String
    let bytes: GuardedBytes

    init?(_ text: GuardedBytes) {
      Sodium.prepare()
      let parsed: (String, GuardedBytes)? = text.withBytes { text in
        guard let frame = Frame(text) else { return nil }
        var isWhole = false
        let body = UnsafeRawBufferPointer(rebasing: text[frame.body])
        let bytes = GuardedBytes(capacity: body.count) { output, filled in
          let digits = UnsafeRawPointer(body.addressOrPlaceholder).assumingMemoryBound(to: CChar.self)
          var end: UnsafePointer<CChar>?
          let done = sodium_base642bin(
            output.outputAddress, output.count, digits, body.count, " \t\r\n", &filled, &end,
            sodium_base64_VARIANT_ORIGINAL)
          isWhole = done == 0 && end == digits + body.count
        }
        return isWhole ? (frame.label, bytes) : nil
      }
      guard let (label, bytes) = parsed else { return nil }
      self.label = label
      self.bytes = bytes
    }
  }

  /// The bytes in lines of 64 characters.
  static func encode(_ bytes: [UInt8], label: String) -> String {
    var text = "-----BEGIN \(label)-----\n"
    var rest = Base64.encode(bytes)[...]
    while !rest.isEmpty {
      text += rest.prefix(64) + "\n"
      rest = rest.dropFirst(64)
    }
    return text + "-----END \(label)-----\n"
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  /// Where the body lies, and what the block calls itself.
  private struct Frame {
    let label: String
    let body: Range<Int>

    init?(_ text: UnsafeRawBufferPointer) {
      let begin = Array("-----BEGIN ".utf8)
      let dashes = Array("-----".utf8)
      var start = 0
      var end = text.count
      while start < end, PEM.isSpace(text[start]) { start += 1 }
      while end > start, PEM.isSpace(text[end - 1]) { end -= 1 }
      guard text[start..<end].starts(with: begin) else { return nil }
      let labelStart = start + begin.count
      var labelEnd = labelStart
      while labelEnd < end, text[labelEnd] != dashes[0], labelEnd - labelStart < 32 { labelEnd += 1 }
      let tail = Array("-----END ".utf8) + text[labelStart..<labelEnd] + dashes
      let bodyStart = labelEnd + dashes.count
      guard text[labelEnd..<end].starts(with: dashes), bodyStart < end, PEM.isSpace(text[bodyStart]),
        end - tail.count > bodyStart, text[(end - tail.count)..<end].elementsEqual(tail)
      else { return nil }
      label = String(decoding: text[labelStart..<labelEnd], as: UTF8.self)
      body = bodyStart..<end - tail.count
    }
  }
}
