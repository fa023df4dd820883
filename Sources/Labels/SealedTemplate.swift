/// A template that was sealed with its text: what it says is secret, so it is read and filled inside `Labels`.
///
/// The grammar is that of documents: `<<root^path>>`, `\<<` for a literal `<<`, and before `<<` two backslashes for
/// one.
enum SealedTemplate {
  /// The text with its placeholders filled from `scope`; all of it also carries `label`. The names in it are secret
  /// too, so every fault comes out as `badTemplate` or as what the value itself refused, without a name.
  static func fill(_ template: [UInt8], label: Label, scope: ValueScope) throws(ValueFault) -> LabeledText {
    var builder = TextBuilder()
    var rest = template[...]
    while !rest.isEmpty {
      guard let open = opening(in: rest) else {
        builder.append(rest, label: .clear)
        break
      }
      let backslashes = rest[..<open].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
      builder.append(rest[..<(open - backslashes)], label: .clear)
      builder.append([UInt8](repeating: UInt8(ascii: "\\"), count: backslashes / 2), label: .clear)
      let inner = rest[(open + 2)...]
      guard backslashes.isMultiple(of: 2) else {
        builder.append(clear: "<<")
        rest = inner
        continue
      }
      guard let close = closing(in: inner) else { throw .badTemplate }
      builder.append(Transforms.stringForm(try value(inner[..<close], scope)))
      rest = inner[(close + 2)...]
    }
    return builder.finish(form: .text).labeled(also: label)
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
