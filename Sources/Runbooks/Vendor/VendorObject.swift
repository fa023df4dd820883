import SourceText

/// Reads one object of a vendor document. Every key is optional; what is taken over is marked, the rest is
/// kept as it is, and what is kept although it means something is named in a warning.
struct VendorObject {
  let node: SourceNode
  /// What the object is, for messages.
  let what: String
  private var used: Set<String> = []
  /// Keys that are kept as they stand, and about which nothing more is to be said: they were taken over, or named already.
  private var settled: Set<String> = []
  /// Keys that an export writes whatever the document had.
  private var written: Set<String> = ["id", "guid", "name", "steps", "methods"]

  /// `nil` when the node is no mapping; that is reported.
  init?(_ node: SourceNode, what: String, _ context: inout ReadingContext) {
    guard node.mapping != nil else {
      context.error(.wrongType, at: node.place, "\(what) must be an object, not \(node.kindName)")
      return nil
    }
    self.node = node
    self.what = what
  }

  func place(_ key: String) -> SourcePlace { node[key]?.place ?? node.place }

  /// Marks a key as carried by the native form. One that says nothing there is kept all the same, so that it comes back.
  mutating func use(_ keys: String...) { used.formUnion(keys) }

  /// Marks a key as one that is kept as it stands and needs no further word.
  mutating func settle(_ key: String) {
    used.remove(key)
    settled.insert(key)
  }

  /// Text; `nil` when absent, null or empty.
  func text(_ key: String, _ context: inout ReadingContext) -> String? {
    guard let value = node[key], !value.isNull else { return nil }
    guard let text = value.text else {
      context.error(.wrongType, at: value.place, "`\(key)` of \(what) must be text, not \(value.kindName)")
      return nil
    }
    return text.isEmpty ? nil : text
  }

  /// A text or a number that is kept, and reported by nobody where it is something else.
  func shown(_ key: String) -> String? { node[key].flatMap { $0.isNull ? nil : $0.text } }

  /// A whole number; `nil` when absent, null or empty, and for what is none, which is named.
  func integer(_ key: String, _ context: inout ReadingContext) -> Int64? {
    guard let value = node[key], !value.isNone else { return nil }
    guard let integer = value.whole else {
      context.warn(
        .wrongType, at: value.place, "`\(key)` of \(what) is no whole number: it is kept and not honoured")
      return nil
    }
    return integer
  }

  /// Whether something stands under the key that is no whole number, so that nobody knows what it means.
  func isNoNumber(_ key: String) -> Bool { node[key].map { !$0.isNone && $0.whole == nil } ?? false }

  /// `true` and `false`, or what the vendor's documents have for them.
  ///
  /// - Parameter unreadable: what another value is read as, where leaving it out would let more in or show more; that is
  ///   named either way.
  func bool(_ key: String, _ context: inout ReadingContext, unreadable: Bool? = nil) -> Bool? {
    guard let value = node[key], !value.isNone else { return nil }
    if let flag = value.flag { return flag }
    let reading = unreadable.map { "read as \($0)" } ?? "not honoured"
    context.warn(
      .wrongType, at: value.place, "`\(key)` of \(what) is neither true nor false: it is kept and \(reading)")
    return unreadable
  }

  /// The elements of a list; none when absent, null or empty, and of what is no list, which is named.
  func elements(_ key: String, _ context: inout ReadingContext) -> [SourceNode] {
    guard let value = node[key], !value.isNone else { return [] }
    guard let elements = value.sequence else {
      context.warn(.wrongType, at: value.place, "`\(key)` of \(what) is no list: it is kept and not honoured")
      return []
    }
    return elements
  }

  /// Whether something stands under the key that is no list.
  func isNoList(_ key: String) -> Bool { node[key].map { !$0.isNone && $0.sequence == nil } ?? false }

  /// Whether the key holds something other than nothing, null, false, zero or emptiness.
  func says(_ key: String) -> Bool { node[key].map { !Self.isBlank($0) } ?? false }

  /// As `says`, of a key that holds a number or a flag: nothing of that may be written as a text too.
  func isSet(_ key: String) -> Bool { says(key) && node[key]?.flag != false }

  /// Whether there is no table, or one with nothing but blank lines.
  func hasOnlyBlankRows(_ key: String) -> Bool {
    guard !isNoList(key) else { return false }
    return (node[key]?.sequence ?? []).allSatisfy { row in
      Self.isBlank(row)
        || row.mapping != nil
          && ["key", "value", "object_mapping"].allSatisfy { row[$0].map(Self.isBlank) ?? true }
    }
  }

  /// What nothing was made of. Secrets among it are left blank, with a warning.
  func extras(_ context: inout ReadingContext) -> VendorExtras {
    VendorExtras(
      (node.mapping ?? []).compactMap { member in
        let key = member.key.text ?? ""
        let isCarried = used.contains(key) && (written.contains(key) || !Self.isNothing(member.value))
        return isCarried ? nil : Self.kept(key, member.value, &context)
      })
  }

  /// Null, an empty text, or an empty list.
  private static func isNothing(_ node: SourceNode) -> Bool {
    node.isNull || node.string == "" || node.sequence?.isEmpty == true
  }

  /// Marks a text as carried that is written also where it is empty.
  mutating func useText(_ key: String) {
    use(key)
    if node[key]?.isNull == false { written.insert(key) }
  }

  /// Marks a flag as carried, where an export writes it as it stands here: as `true` or `false`. Another one is kept.
  mutating func useFlag(_ key: String) {
    if node[key]?.bool != nil { use(key) } else { settle(key) }
  }

  /// Marks a number as carried, where an export writes it as it stands here: in its digits. Another one is kept.
  mutating func useNumber(_ key: String) {
    guard let value = node[key] else { return }
    if value.isNone || value.integer.map({ String($0) }) == value.text { use(key) } else { settle(key) }
  }

  /// Marks a list as carried. What is none is kept, and has been named.
  mutating func useList(_ key: String) {
    if isNoList(key) { settle(key) } else { use(key) }
  }

  /// A number of this range, which is taken over. Zero is none; another one is left to be named.
  mutating func take(
    _ key: String, in range: ClosedRange<Int64>, _ context: inout ReadingContext
  ) -> Int64? {
    let read = integer(key, &context)
    guard let number = read, range.contains(number) else {
      if read ?? 0 == 0 { settle(key) }
      return nil
    }
    useNumber(key)
    return number
  }

  /// One member as it is kept.
  static func kept(_ key: String, _ value: SourceNode, _ context: inout ReadingContext) -> VendorExtras.Entry {
    let (json, blanked) = KeptJSON.text(of: value, under: key)
    for place in blanked {
      context.warn(
        .clearSecret, at: place,
        "a value inside \(ShownName.of(key)) looks like a secret and is not kept; the file still holds it")
    }
    return VendorExtras.Entry(key: key, json: json)
  }

  /// Warns about each key that is kept, says something, and is not of the quiet ones.
  func warnAboutKept(quiet: Set<String>, _ context: inout ReadingContext) {
    for member in node.mapping ?? [] {
      let key = member.key.text ?? ""
      guard !used.contains(key), !settled.contains(key), !quiet.contains(key), !key.hasPrefix("_"),
        !Self.isBlankList(member.value)
      else { continue }
      context.warn(
        .vendorKeyKept, at: member.key.place, "\(ShownName.of(key)) of \(what) is kept and not honoured")
    }
  }

  /// Takes out results of test runs and the like: they can hold any value, encrypted ones too.
  mutating func dropTestData(_ context: inout ReadingContext) {
    for member in node.mapping ?? [] {
      let key = member.key.text ?? ""
      guard key.hasPrefix("_test") || key == "client_credentials" else { continue }
      use(key)
      guard !Self.isBlank(member.value) else { continue }
      context.warn(
        .vendorKeyKept, at: member.key.place, "\(ShownName.of(key)) of \(what) is not kept: it can hold secrets")
    }
  }

  static func isBlank(_ node: SourceNode) -> Bool {
    switch node.kind {
    case .mapping(let members): members.isEmpty
    case .sequence(let elements): elements.isEmpty
    case .scalar(let text, _, let kind):
      switch kind {
      case .null, .false: true
      case .true: false
      case .string: text.isEmpty
      case .number: Double(text) == 0
      }
    }
  }

  /// Blank, or a list of nothing but blank elements.
  private static func isBlankList(_ node: SourceNode) -> Bool {
    isBlank(node) || node.sequence?.allSatisfy(isBlank) == true
  }

  /// A line of a table that says nothing: null, or an object in which every key is blank.
  static func isBlankRow(_ row: SourceNode) -> Bool {
    row.mapping.map { $0.allSatisfy { isBlank($0.value) } } ?? isBlank(row)
  }

  /// Blank, or the mask that a client shows for a value it does not give out.
  static func isBlankOrMasked(_ text: String?) -> Bool { text.map { ShownMark.means(keep: $0) } ?? true }
}

/// Names of vendor documents as native names.
enum VendorName {
  /// The slug, or, where it is taken, with the first number behind it that is free.
  static func unused(_ slug: String, number: Int64, taken: Set<String>) -> String {
    guard taken.contains(slug) else { return slug }
    var number = number
    while taken.contains("\(slug)-\(number)") { number &+= 1 }
    return "\(slug)-\(number)"
  }

  /// The id of an integration: of its name, of an id of the vendor's where the name has no letter or digit of ASCII, and
  /// else of the name's bytes.
  static func integration(_ name: String, guid: String?, id: String?) -> String {
    if let slug = slug(name) { return slug }
    if let slug = (guid.flatMap(slug) ?? id.flatMap(slug)) { return "integration-\(slug)" }
    // FNV-1a: the same name has the same id in every import.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return "integration-\(String(hash, radix: 16))"
  }

  /// Lower-case letters, digits and single hyphens; `nil` when nothing is left.
  static func slug(_ name: String) -> String? {
    var result: [UInt8] = []
    for byte in name.lowercased().utf8.prefix(256) {
      if NameRules.isLetterOrDigit(byte) {
        result.append(byte)
      } else if let last = result.last, last != UInt8(ascii: "-") {
        result.append(UInt8(ascii: "-"))
      }
    }
    while result.last == UInt8(ascii: "-") { result.removeLast() }
    return result.isEmpty ? nil : String(decoding: result.prefix(64), as: UTF8.self)
  }
}
