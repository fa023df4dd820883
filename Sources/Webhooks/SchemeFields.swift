import SourceText

/// The fields of one mapping of a scheme file, each read by its kind. Fields nobody knows refuse: a misspelt
/// `patern` would otherwise silently widen what is accepted.
struct SchemeFields {
  private let node: SourceNode

  init(_ node: SourceNode, of what: String, allowing names: [String]) throws(SchemeFault) {
    guard let members = node.mapping else { throw SchemeFault(.notAMapping(what), at: node.place) }
    for (key, _) in members {
      let name = key.text ?? ""
      guard names.contains(name) else { throw SchemeFault(.unknownField(Self.shown(name)), at: key.place) }
    }
    self.node = node
  }

  func place(of name: String) -> SourcePlace { node[name]?.place ?? node.place }

  func has(_ name: String) -> Bool { node[name] != nil }

  func node(_ name: String) -> SourceNode? { node[name] }

  func text(_ name: String) throws(SchemeFault) -> String? {
    guard let value = node[name] else { return nil }
    guard let text = value.string else {
      throw SchemeFault(.wrongKind(field: name, wanted: "a string"), at: value.place)
    }
    return text
  }

  func requiredText(_ name: String) throws(SchemeFault) -> String {
    guard let text = try text(name) else { throw SchemeFault(.missingField(name), at: node.place) }
    return text
  }

  func integer(_ name: String) throws(SchemeFault) -> Int? {
    guard let value = node[name] else { return nil }
    guard let number = value.integer.flatMap(Int.init(exactly:)) else {
      throw SchemeFault(.wrongKind(field: name, wanted: "a whole number"), at: value.place)
    }
    return number
  }

  func requiredInteger(_ name: String) throws(SchemeFault) -> Int {
    guard let number = try integer(name) else { throw SchemeFault(.missingField(name), at: node.place) }
    return number
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(_ name: String, as type: Word.Type) throws(SchemeFault) -> Word?
  where Word.RawValue == String {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw SchemeFault(.unknownWord(field: name, among: Word.allCases.map(\.rawValue)), at: place(of: name))
    }
    return word
  }

  func members(_ name: String) throws(SchemeFault) -> [SourceNode.Member] {
    guard let value = node[name] else { return [] }
    guard let members = value.mapping else { throw SchemeFault(.notAMapping(name), at: value.place) }
    return members
  }

  func elements(_ name: String) throws(SchemeFault) -> [SourceNode] {
    guard let value = node[name] else { return [] }
    guard let elements = value.sequence else {
      throw SchemeFault(.wrongKind(field: name, wanted: "a list"), at: value.place)
    }
    return elements
  }

  /// A name from the file as a message may show it.
  static func shown(_ name: String) -> String {
    let visible = name.unicodeScalars.prefix(40).filter { $0.value >= 0x21 && $0.value <= 0x7E }
    return visible.isEmpty ? "(unprintable)" : String(String.UnicodeScalarView(visible))
  }
}

/// Runs a check of the configuration and gives its fault a place.
func located<Value>(
  at place: SourcePlace, _ body: () throws(WebhookFault) -> Value
) throws(SchemeFault) -> Value {
  do throws(WebhookFault) {
    return try body()
  } catch {
    throw SchemeFault(error, at: place)
  }
}
