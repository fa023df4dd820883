/// `application/x-www-form-urlencoded` (WHATWG URL standard §5), over bytes: no character set is guessed.
package enum FormEncoding {
  /// The pairs in order, `name=value` joined by `&`.
  package static func encode(_ pairs: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    var output: [UInt8] = []
    for (index, pair) in pairs.enumerated() {
      if index > 0 { output.append(0x26) }
      output += PercentEncoding.encode(pair.name, for: .formValue)
      output.append(0x3D)
      output += PercentEncoding.encode(pair.value, for: .formValue)
    }
    return output
  }

  /// The pairs of `body` in order, repeated names too. An empty piece between two `&` is no pair, a piece without `=`
  /// has an empty value. Stricter than the standard in one point: nil on a broken escape, which it would keep as text.
  package static func decode(_ body: some Collection<UInt8>) -> [(name: [UInt8], value: [UInt8])]? {
    let bytes = Array(body)
    var pairs: [(name: [UInt8], value: [UInt8])] = []
    for piece in bytes.split(separator: 0x26, omittingEmptySubsequences: true) {
      let equals = piece.firstIndex(of: 0x3D) ?? piece.endIndex
      let value = equals == piece.endIndex ? piece[equals...] : piece[(equals + 1)...]
      guard let name = PercentEncoding.decode(piece[..<equals], plusIsSpace: true),
        let value = PercentEncoding.decode(value, plusIsSpace: true)
      else { return nil }
      pairs.append((name, value))
    }
    return pairs
  }
}
