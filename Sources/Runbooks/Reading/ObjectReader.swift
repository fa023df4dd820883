import SourceText

/// Reads the keys of one native object: says which are unknown, missing or of the wrong kind, and notes
/// where each stands.
struct ObjectReader {
  let node: SourceNode
  let object: NativeObject
  /// The object's path in the document.
  let part: String

  /// `nil` when the node is no mapping; that is reported.
  init?(_ node: SourceNode, as object: NativeObject, part: String, _ context: inout ReadingContext) {
    guard let members = node.mapping else {
      context.error(.wrongType, at: node.place, "this must be a mapping of keys, not \(node.kindName)")
      return nil
    }
    self.node = node
    self.object = object
    self.part = part
    context.places.note(part, at: node.place)
    for (key, value) in members {
      let name = key.text ?? ""
      context.places.note(path(name), at: value.place)
      guard object.key(named: name) == nil else { continue }
      reportUnknown(name, at: key.place, &context)
    }
    for key in object.keys where key.isRequired && value(key.name) == nil {
      context.error(.missingKey, at: node.place, "`\(key.name)` is missing here")
    }
  }

  /// The path of a member.
  func path(_ key: String) -> String { part.isEmpty ? key : "\(part).\(key)" }

  /// The member's value; `nil` when it is absent or null.
  func value(_ key: String) -> SourceNode? {
    guard let value = node[key], !value.isNull else { return nil }
    return value
  }

  func has(_ key: String) -> Bool { value(key) != nil }

  /// Where the member's key stands.
  func keyPlace(_ key: String) -> SourcePlace { node.keyPlace(key) }

  func text(_ key: String, _ context: inout ReadingContext) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string else {
      let remedy = value.scalarKind == nil ? nil : "put it into quotes"
      context.error(.wrongType, at: value.place, "`\(key)` must be text, not \(value.kindName)", remedy: remedy)
      return nil
    }
    return text
  }

  /// Text, or a number, true or false taken as the text that it is written as.
  func scalar(_ key: String, _ context: inout ReadingContext) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.text else {
      context.error(.wrongType, at: value.place, "`\(key)` must be text, not \(value.kindName)")
      return nil
    }
    return text
  }

  func bool(_ key: String, _ context: inout ReadingContext) -> Bool? {
    guard let value = value(key) else { return nil }
    guard let bool = value.bool else {
      context.error(.wrongType, at: value.place, "`\(key)` must be true or false, not \(value.kindName)")
      return nil
    }
    return bool
  }

  /// An integer within the range that the key's shape gives.
  func integer(_ key: String, _ context: inout ReadingContext) -> Int? {
    guard let value = value(key) else { return nil }
    guard case .integer(let range)? = object.key(named: key)?.shape else { return nil }
    guard let integer = value.integer.flatMap({ Int(exactly: $0) }), range.contains(integer) else {
      context.error(
        .wrongType, at: value.place, "`\(key)` must be a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return integer
  }

  func duration(_ key: String, _ context: inout ReadingContext) -> Duration? {
    guard let value = value(key) else { return nil }
    guard let duration = value.text.flatMap(DurationText.parse) else {
      context.error(.badValue, at: value.place, "`\(key)` must be \(DurationText.form)")
      return nil
    }
    return duration
  }

  /// One of a closed set of words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type, _ context: inout ReadingContext
  ) -> Choice? where Choice.RawValue == String {
    guard let word = text(key, &context) else { return nil }
    if let choice = Choice(rawValue: word) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    reportChoice(key, word, among: words, &context)
    return nil
  }

  func reportChoice(_ key: String, _ word: String, among words: [String], _ context: inout ReadingContext) {
    let nearest = NearestName.of(word, among: words)
    context.error(
      .badValue, at: value(key)?.place ?? node.place, "`\(key)` must be one of \(words.joined(separator: ", "))",
      remedy: nearest.map { "did you mean `\($0)`?" })
  }

  /// A list of texts.
  func texts(_ key: String, _ context: inout ReadingContext) -> [String] {
    guard let value = value(key) else { return [] }
    guard let elements = value.sequence else {
      context.error(.wrongType, at: value.place, "`\(key)` must be a list, not \(value.kindName)")
      return []
    }
    return elements.compactMap { element in
      if element.string == nil {
        context.error(.wrongType, at: element.place, "`\(key)` must be a list of texts; this is \(element.kindName)")
      }
      return element.string
    }
  }

  /// The members of a mapping whose keys are the author's. Each name is noted and returned with its node.
  func map(_ key: String, _ context: inout ReadingContext) -> [(name: String, key: SourceNode, value: SourceNode)] {
    guard let value = value(key) else { return [] }
    guard let members = value.mapping else {
      context.error(.wrongType, at: value.place, "`\(key)` must be a mapping of names, not \(value.kindName)")
      return []
    }
    return members.map { member in
      let name = member.key.text ?? ""
      context.places.note(path(key) + "." + name, at: member.key.place)
      return (name, member.key, member.value)
    }
  }

  /// Keys that cannot stand together, or not here.
  func refuse(_ keys: [String], because reason: String, _ context: inout ReadingContext) {
    for key in keys where has(key) {
      context.error(.conflictingKeys, at: keyPlace(key), "`\(key)` cannot stand here: \(reason)")
    }
  }

  private func reportUnknown(_ name: String, at place: SourcePlace, _ context: inout ReadingContext) {
    let shown = ShownName.of(name)
    if LaterKeys.isLater(name, in: object) {
      context.error(.later, at: place, "\(shown) arrives with a later release of Chancery")
      return
    }
    let nearest = NearestName.of(name, among: object.keys.map(\.name))
    context.error(
      .unknownKey, at: place, "there is no key \(shown) here",
      remedy: nearest.map { "did you mean `\($0)`?" }
        ?? "the keys here are \(object.keys.map(\.name).joined(separator: ", "))")
  }
}

/// Keys of the design that this release does not read. They are refused by name, so that nobody takes an
/// ignored key for an honoured one.
enum LaterKeys {
  static func isLater(_ name: String, in object: NativeObject) -> Bool {
    switch object {
    case .step:
      name == "api"
    case .runbook: ["events", "buttons"].contains(name)
    default: false
    }
  }
}
