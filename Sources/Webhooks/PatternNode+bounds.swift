/// What a pattern can say about the words it accepts.
extension PatternNode {
  /// The length of the longest word; nil where there is no longest.
  var maximumLength: Int? {
    switch self {
    case .empty: return 0
    case .byte: return 1
    case .sequence(let nodes):
      var total = 0
      for node in nodes {
        guard let length = node.maximumLength else { return nil }
        total += length
      }
      return total
    case .choice(let nodes):
      var longest = 0
      for node in nodes {
        guard let length = node.maximumLength else { return nil }
        longest = max(longest, length)
      }
      return longest
    case .repeated(let node, _, let maximum):
      guard let maximum, let length = node.maximumLength else { return node.maximumLength == 0 ? 0 : nil }
      return length * maximum
    }
  }

  /// Every byte that stands in some word.
  var alphabet: ByteClass {
    switch self {
    case .empty: ByteClass.none
    case .byte(let bytes): bytes
    case .sequence(let nodes), .choice(let nodes): nodes.reduce(ByteClass.none) { $0.union($1.alphabet) }
    case .repeated(let node, _, let maximum): maximum == 0 ? ByteClass.none : node.alphabet
    }
  }

  /// The bytes that every word begins with, as far as they are written one by one.
  var commonPrefix: [UInt8] {
    guard case .sequence(let nodes) = self else { return singleByte.map { [$0] } ?? [] }
    var prefix: [UInt8] = []
    for node in nodes {
      if case .sequence = node, !node.isLiteral { return prefix + node.commonPrefix }
      guard node.isLiteral else { return prefix }
      prefix += node.literalBytes
    }
    return prefix
  }

  var singleByte: UInt8? {
    guard case .byte(let bytes) = self else { return nil }
    let found = (UInt8.min...UInt8.max).filter(bytes.contains)
    return found.count == 1 ? found[0] : nil
  }

  private var isLiteral: Bool {
    switch self {
    case .byte: singleByte != nil
    case .sequence(let nodes): nodes.allSatisfy(\.isLiteral)
    case .empty: true
    case .choice, .repeated: false
    }
  }

  private var literalBytes: [UInt8] {
    switch self {
    case .sequence(let nodes): nodes.flatMap(\.literalBytes)
    case .byte: singleByte.map { [$0] } ?? []
    case .empty, .choice, .repeated: []
    }
  }
}
