internal import CSodium

/// Hexadecimal text of secrets, read and written in constant time and without leaving secret memory.
package enum GuardedHex {
  /// The bytes of lower- or upper-case digits; nil for any other text or an odd count.
  package static func decode(_ text: UnsafeRawBufferPointer) -> GuardedBytes? {
    Sodium.prepare()
    guard text.count.isMultiple(of: 2) else { return nil }
    var isWhole = false
    let bytes = GuardedBytes(count: text.count / 2) { output in
      let digits = UnsafeRawPointer(text.addressOrPlaceholder).assumingMemoryBound(to: CChar.self)
      var written = 0
      var end: UnsafePointer<CChar>?
      let done = sodium_hex2bin(
        output.outputAddress, output.count, digits, text.count, nil, &written, &end)
      isWhole = done == 0 && written == output.count && end == digits + text.count
    }
    return isWhole ? bytes : nil
  }

  /// Writes `2 * bytes.count` lower-case digits; a smaller output is a caller's bug.
  package static func encode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
    precondition(output.count >= 2 * bytes.count, "two digits for each byte")
    GuardedBytes(count: 2 * bytes.count + 1) { text in
      // libsodium ends the text with a zero byte, which is not wanted in the output.
      sodium_bin2hex(
        UnsafeMutableRawPointer(text.outputAddress).assumingMemoryBound(to: CChar.self), text.count,
        bytes.addressOrPlaceholder, bytes.count)
    }.withBytes { text in
      output.copyMemory(from: UnsafeRawBufferPointer(rebasing: text.prefix(2 * bytes.count)))
    }
  }
}
