extension PatternNode {
  /// Whether every word is an address `https://HOST/…` at a host whose last two labels (or all of it) are
  /// written out. Anything less would leave it to the sender at whose host it is.
  var isAddressOfFixedDomain: Bool {
    let scheme = Array("https://".utf8)
    let nodes = flattened
    guard nodes.prefix(scheme.count).map(\.singleByte) == scheme.map({ $0 }) else { return false }
    let rest = nodes.dropFirst(scheme.count)
    guard let end = rest.firstIndex(where: { $0.singleByte == UInt8(ascii: "/") }) else { return false }
    let host = rest[..<end].prefix { $0.singleByte != UInt8(ascii: ":") }
    let port = rest[host.endIndex..<end].dropFirst()
    guard !host.isEmpty, port.allSatisfy({ $0.singleByte.map(ByteClass.digits.contains) ?? false }),
      host.allSatisfy(\.isOfHostNames)
    else { return false }
    let start = host.lastIndex { !$0.hasFewWords }.map { $0 + 1 } ?? host.startIndex
    let labels = host[start...].compactMap(\.singleByte).split(separator: UInt8(ascii: "."))
    return start == host.startIndex ? !labels.isEmpty : labels.count >= 2
  }

  private var flattened: [PatternNode] {
    guard case .sequence(let nodes) = self else { return [self] }
    return nodes.flatMap(\.flattened)
  }

  private var isOfHostNames: Bool {
    let alphabet = alphabet
    return (UInt8.min...UInt8.max).allSatisfy { byte in
      !alphabet.contains(byte) || ByteClass.digits.contains(byte) || byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
  }

  /// Whether all words are written out, as those of `(\.sandbox)?` are.
  private var hasFewWords: Bool {
    switch self {
    case .empty: true
    case .byte: singleByte != nil
    case .sequence(let nodes), .choice(let nodes): nodes.allSatisfy(\.hasFewWords)
    case .repeated(let node, _, let maximum): maximum == 1 && node.hasFewWords
    }
  }
}
