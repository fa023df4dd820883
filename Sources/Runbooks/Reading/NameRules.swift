import SourceText

/// What names may look like. Ids and the names of steps and methods stand in URLs, commands and keys, so
/// they have one spelling; variables may be anything that a path can name.
enum NameRules {
  static let maximumBytes = 128

  /// Letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
  static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= maximumBytes else { return false }
    return isLetterOrDigit(first)
      && name.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8]("-_.".utf8).contains($0) }
  }

  /// A text that a path reads as one root and nothing below it.
  static func isVariable(_ name: String) -> Bool {
    guard name.utf8.count <= maximumBytes, let path = try? VariablePath(parsing: name) else { return false }
    return path.path == .whole
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// A field name of RFC 9110 §5.1.
  static func isHeaderName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8]("!#$%&'*+-.^_`|~".utf8).contains($0) }
  }

  /// Fields that belong to the connection or are written by the service itself.
  static let ownedHeaders: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
    "proxy-authorization", "proxy-connection", "expect",
  ]

  static func checkIdentifier(_ name: String, what: String, at place: SourcePlace, _ context: inout ReadingContext) {
    guard !isIdentifier(name) else { return }
    context.error(
      .badName, at: place, "\(what) \(ShownName.of(name)) is not usable as a name",
      remedy: "use letters, digits, -, _ and . only, at most \(maximumBytes)")
  }

  static func checkVariable(_ name: String, at place: SourcePlace, _ context: inout ReadingContext) {
    if !isVariable(name) {
      context.error(
        .badName, at: place, "\(ShownName.of(name)) cannot be the name of a variable",
        remedy: "a name holds none of ^ [ ] < > ! \" and no space at its ends")
    } else if RootKind.isReserved(name) {
      context.error(
        .reservedName, at: place, "\(ShownName.of(name)) is reserved and cannot be the name of a variable")
    }
  }

  /// A key of an object that a binding makes: any text of some length without control characters.
  static func checkField(_ name: String, at place: SourcePlace, _ context: inout ReadingContext) {
    guard name.isEmpty || name.utf8.count > maximumBytes || name.utf8.contains(where: { $0 < 0x20 }) else { return }
    context.error(.badName, at: place, "\(ShownName.of(name)) is not usable as the name of a field")
  }

  /// Reports a name for people that no list shows as it is.
  static func checkShown(_ name: String, what: String, at place: SourcePlace, _ context: inout ReadingContext) {
    guard let scalar = name.unicodeScalars.first(where: { !ShownText.isPlain($0) }) else { return }
    context.error(
      .unshownName, at: place, "\(what) holds \(ShownText.code(of: scalar)), which no list shows as it is",
      remedy: "leave it out: a name is one line, without control characters and without marks that turn the direction "
        + "of writing")
  }

  /// A vendor's name for people, with a space in the place of what no list shows as it is, and a warning about it; nil where
  /// nothing is left. A name that can be shown stays as it is.
  static func shown(_ name: String?, what: String, at place: SourcePlace, _ context: inout ReadingContext) -> String? {
    guard let name, let scalar = name.unicodeScalars.first(where: { !ShownText.isPlain($0) }) else { return name }
    context.warn(
      .unshownName, at: place,
      "\(what) holds \(ShownText.code(of: scalar)), which no list shows as it is: it is imported with a space there")
    let shown = ShownText.plain(name)
    return shown.isEmpty ? nil : shown
  }

  /// Reports a name that is no header name, or that only the service may write.
  ///
  /// - Parameter isReceived: whether it is looked for in requests of others.
  static func checkHeader(
    _ name: String, isReceived: Bool = false, at place: SourcePlace, _ context: inout ReadingContext
  ) {
    if !isHeaderName(name) {
      context.error(.badHeader, at: place, "\(ShownName.of(name)) is not a header name (RFC 9110)")
    } else if ownedHeaders.contains(name.lowercased()) {
      context.error(
        .badHeader, at: place,
        isReceived
          ? "the header \(ShownName.of(name)) belongs to the connection: what stands between may write it"
          : "the header \(ShownName.of(name)) is written by the service itself")
    }
  }
}
