internal import CSodium

/// Base 64 text of secrets (RFC 4648 §4), read in constant time and without leaving secret memory.
package enum GuardedBase64 {
  /// The bytes of canonical text, padded in full or not at all; nil for any other, white space included.
  package static func decode(_ text: UnsafeRawBufferPointer) -> GuardedBytes? {
    Sodium.prepare()
    let isPadded = text.last == 0x3D
    guard !isPadded || text.count.isMultiple(of: 4) else { return nil }
    var isWhole = false
    let bytes = GuardedBytes(capacity: max(text.count, 1)) { output, filled in
      let digits = UnsafeRawPointer(text.addressOrPlaceholder).assumingMemoryBound(to: CChar.self)
      var end: UnsafePointer<CChar>?
      let variant = isPadded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING
      let done = sodium_base642bin(
        output.outputAddress, output.count, digits, text.count, nil, &filled, &end, variant)
      isWhole = done == 0 && end == digits + text.count
      if !isWhole { filled = 0 }
    }
    return isWhole ? bytes : nil
  }
}
