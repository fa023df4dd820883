import Cryptography
import Encodings

/// What is done with the text of a key before it is one, without leaving guarded memory.
enum KeyText {
  /// Whether there is nothing but white space: such a key would be known to everybody.
  static func isBlank(_ text: GuardedBytes) -> Bool {
    text.withBytes { $0.allSatisfy { byte in byte == 0x20 || (0x09...0x0D).contains(byte) } }
  }

  /// Whether a header can carry it: printable ASCII, and no outer white space, which is no part of a value.
  static func isSendableInHeader(_ text: GuardedBytes) -> Bool {
    text.withBytes { bytes in
      bytes.allSatisfy { (0x20...0x7E).contains($0) } && bytes.first != 0x20 && bytes.last != 0x20
    }
  }

  /// The text without a prefix that is no part of the key. A text that lacks it is taken whole.
  static func strip(_ prefix: [UInt8], from text: GuardedBytes) -> GuardedBytes {
    text.withBytes { bytes in
      bytes.starts(with: prefix) ? GuardedBytes(copying: bytes.dropFirst(prefix.count)) : GuardedBytes(copying: bytes)
    }
  }

  /// Standard Base64, canonical, padding optional. Four characters at a time, so that no copy of the key is left in
  /// ordinary memory.
  static func decodeBase64(_ text: GuardedBytes) -> GuardedBytes? {
    text.withBytes { bytes in
      var isWhole = true
      let key = GuardedBytes(capacity: (bytes.count + 3) / 4 * 3) { (output, filled) in
        for start in stride(from: 0, to: bytes.count, by: 4) {
          let group = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 4, bytes.count)])
          let isLast = start + 4 >= bytes.count
          guard let decoded = Base64.decode(group, padding: isLast ? .optional : .forbidden) else {
            isWhole = false
            return
          }
          for byte in decoded {
            output[filled] = byte
            filled += 1
          }
        }
      }
      return isWhole ? key : nil
    }
  }
}
