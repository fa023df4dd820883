/// A template that was sealed with its text: what it says is secret, so it is read and filled inside `Labels`.
///
/// The grammar is that of documents: `<<root^path>>`, `\<<` for a literal `<<`, and before `<<` two backslashes for
/// one.
enum SealedTemplate {
  /// The text with its placeholders filled from `scope`; all of it also carries `label`. The names in it are secret
  /// too, so every fault comes out as `badTemplate` or as what the value itself refused, without a name.
  static func fill(_ template: [UInt8], label: Label, scope: ValueScope) throws(ValueFault) -> LabeledText {
    var builder = TextBuilder()
    for piece in try pieces(template) {
      switch piece {
      case .literal(let bytes): builder.append(bytes, label: .clear)
      case .placeholder(let text):
        try builder.append(Transforms.stringForm(try value(text, scope)), within: ValueTable.standardBytes)
      }
    }
    return builder.finish(form: .text).labeled(also: label)
  }

  /// The text between the placeholders, each stretch by itself; of a text that is no template, all of it.
  static func literals(_ template: [UInt8]) -> [[UInt8]] {
    guard let pieces = try? pieces(template) else { return [template] }
    var stretches: [[UInt8]] = [[]]
    for piece in pieces {
      switch piece {
      case .literal(let bytes): stretches[stretches.count - 1] += bytes
      case .placeholder: stretches.append([])
      }
    }
    return stretches.filter { !$0.isEmpty }
  }

  private enum Piece {
    case literal([UInt8])
    /// What stands between the brackets.
    case placeholder(ArraySlice<UInt8>)
  }

  private static func pieces(_ template: [UInt8]) throws(ValueFault) -> [Piece] {
    var pieces: [Piece] = []
    var rest = template[...]
    while let open = opening(in: rest) {
      let backslashes = rest[..<open].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
      pieces.append(.literal(Array(rest[..<(open - backslashes)])))
      pieces.append(.literal([UInt8](repeating: UInt8(ascii: "\\"), count: backslashes / 2)))
      rest = rest[(open + 2)...]
      guard backslashes.isMultiple(of: 2) else {
        pieces.append(.literal(Array("<<".utf8)))
        continue
      }
      guard let close = closing(in: rest) else { throw .badTemplate }
      pieces.append(.placeholder(rest[..<close]))
      rest = rest[(close + 2)...]
    }
    pieces.append(.literal(Array(rest)))
    return pieces
  }

  private static func opening(in bytes: ArraySlice<UInt8>) -> Int? { pair(UInt8(ascii: "<"), in: bytes) }

  private static func closing(in bytes: ArraySlice<UInt8>) -> Int? { pair(UInt8(ascii: ">"), in: bytes) }

  private static func pair(_ byte: UInt8, in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.indices.dropLast().first { bytes[$0] == byte && bytes[$0 + 1] == byte }
  }

  private static func value(_ text: ArraySlice<UInt8>, _ scope: ValueScope) throws(ValueFault) -> LabeledText {
    let rootEnd = text.firstIndex { [UInt8(ascii: "^"), UInt8(ascii: "["), UInt8(ascii: "!")].contains($0) }
    let root = String(decoding: text[..<(rootEnd ?? text.endIndex)], as: UTF8.self)
    let rest = String(decoding: text[(rootEnd ?? text.endIndex)...], as: UTF8.self)
    guard let path = try? ValuePath(parsing: rest), let value = try? scope.resolve(root: root, path: path) else {
      throw .badTemplate
    }
    return value
  }
}
