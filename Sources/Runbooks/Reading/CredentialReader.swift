import SourceText

/// Reads where a credential comes from. A credential written in clear is taken out of the document.
enum CredentialReader {
  /// A key: as any credential, or a named key.
  static func keyOrNamed(
    _ key: String, in object: ObjectReader, slot: SealedSlot, _ context: inout ReadingContext
  ) -> CredentialSource {
    guard let node = object.value(key), node.mapping != nil, node["named"] != nil else {
      return read(key, in: object, slot: slot, &context)
    }
    return NamedKeyReader.read(node, part: object.path(key), &context).map { .named($0) } ?? .entered
  }

  /// Absent, null and `{ sealed: true }` all mean: entered with `chancery set`.
  static func read(
    _ key: String, in object: ObjectReader, slot: SealedSlot, _ context: inout ReadingContext
  ) -> CredentialSource {
    guard let node = object.value(key) else { return .entered }
    if let text = node.text {
      guard !text.isEmpty else { return .entered }
      context.seal(text, as: slot, what: "`\(key)`", at: node.place)
      return .entered
    }
    guard let reader = ObjectReader(node, as: .credential, part: object.path(key), &context) else { return .entered }
    if let reference = reader.value("secret") {
      reader.refuse(["sealed"], because: "the value comes from the key/value store", &context)
      if let read = TextReader.reference(reference, what: "`secret`", &context) { return .secret(read) }
    } else if reader.bool("sealed", &context) == false {
      context.error(.badValue, at: reader.keyPlace("sealed"), "`sealed` can only be true")
    }
    return .entered
  }
}
