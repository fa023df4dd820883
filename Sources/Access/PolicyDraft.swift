/// The rules and faults of a policy while it is read: what the HCL and the JSON form have in common.
struct PolicyDraft {
  /// A place in the text, 1-based.
  struct Place {
    var line: Int
    var column: Int
  }

  private(set) var rules: [PolicyRule] = []
  private(set) var faults: [PolicyFault] = []
  /// Where a pattern was first declared.
  private var declared: [PolicyPattern: Int] = [:]

  mutating func error(_ place: Place, _ message: String, _ remedy: String) {
    report(.error, place, message, remedy)
  }

  mutating func warning(_ place: Place, _ message: String, _ remedy: String) {
    report(.warning, place, message, remedy)
  }

  mutating func add(_ faults: [PolicyFault]) {
    for fault in faults where self.faults.count < AccessLimits.policyFaults { self.faults.append(fault) }
  }

  private mutating func report(_ severity: PolicyFault.Severity, _ place: Place, _ message: String, _ remedy: String) {
    add([PolicyFault(severity: severity, line: place.line, column: place.column, message: message, remedy: remedy)])
  }

  /// Reads a pattern; nil where it is none, which has then been reported.
  mutating func pattern(_ text: String, at place: Place) -> PolicyPattern? {
    do throws(PatternFault) {
      let pattern = try PolicyPattern(text)
      if pattern.segments.contains(where: Self.holdsPlus) {
        warning(
          place, "+ within a segment stands for itself, not for a segment",
          "write + as a whole segment where any segment is meant")
      }
      return pattern
    } catch {
      self.error(place, error.message, error.remedy)
      return nil
    }
  }

  private static func holdsPlus(_ segment: PolicyPattern.Segment) -> Bool {
    guard case .literal(let literal) = segment else { return false }
    return literal.contains(UInt8(ascii: "+"))
  }

  /// Reads a list of capabilities, each with its place; what is no capability is reported.
  mutating func capabilities(_ listed: [(text: String, place: Place)], at place: Place) -> CapabilitySet? {
    var capabilities = CapabilitySet()
    var isSound = true
    for (text, place) in listed {
      guard let capability = Capability(rawValue: text) else {
        let known = Capability.allCases.map(\.rawValue).joined(separator: ", ")
        error(place, "\(Self.quoted(text)) is no capability", "the capabilities are \(known)")
        isSound = false
        continue
      }
      guard !capabilities.contains(capability) else {
        error(place, "the capability \(text) stands there twice", "remove one")
        isSound = false
        continue
      }
      capabilities.insert(capability)
    }
    guard isSound else { return nil }
    guard !capabilities.isEmpty else {
      error(place, "the list of capabilities is empty", "write [\"deny\"] where access is to be refused")
      return nil
    }
    if capabilities.contains(.deny), listed.count > 1 {
      warning(place, "deny stands beside other capabilities, which have no effect", "write [\"deny\"] alone")
    }
    return capabilities
  }

  /// - Parameter needsSecondPerson: what `second_person` says.
  mutating func add(
    _ pattern: PolicyPattern, _ capabilities: CapabilitySet, needsSecondPerson: Bool, at place: Place
  ) {
    if needsSecondPerson, !capabilities.contains(.reveal) {
      error(
        place, "second_person is about values that are shown, and the block has no reveal",
        "add \"reveal\" to the capabilities, or remove second_person")
      return
    }
    if let line = declared[pattern] {
      error(place, "the path has a block already, on line \(line)", "merge the two blocks")
      return
    }
    guard rules.count < AccessLimits.policyRules else {
      error(place, "more than \(AccessLimits.policyRules) blocks", "divide the policy")
      return
    }
    declared[pattern] = place.line
    rules.append(
      PolicyRule(
        pattern: pattern, capabilities: capabilities, needsSecondPerson: needsSecondPerson, line: place.line,
        column: place.column))
  }

  /// A key of the text that is not of this language. Those that Vault knows get an answer of their own.
  mutating func unknownKey(_ key: String, at place: Place) {
    switch key {
    case "allowed_parameters", "denied_parameters", "required_parameters":
      error(
        place, "\(key) is not supported: it sees top-level keys only, so that it does not hold for what is nested",
        "remove it and restrict the path")
    case "control_group":
      error(place, "control_group is not supported", "write second_person = true where a value is to be shown by two")
    case "min_wrapping_ttl", "max_wrapping_ttl", "mfa_methods", "expiration",
      "pagination_limit", "list_scan_response_keys_filter_path", "subscribe_event_types":
      error(place, "\(key) is not supported", "remove it; nothing is to be read as weaker than it was written")
    case "policy":
      error(place, "the short form policy = \"…\" is not supported", "write capabilities = [\"read\"] instead")
    case "name":
      error(place, "a name inside the text is not supported", "the policy is named where it is stored")
    default:
      error(
        place, "\(Self.quoted(key)) is no key of a policy",
        "the keys of a path block are capabilities and second_person")
    }
  }

  /// A text in double quotes for a message: cut after `limit` characters, none that moves a terminal's cursor.
  static func quoted(_ text: String, limit: Int = 40) -> String {
    let shown = text.unicodeScalars.prefix(limit).map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F || (0x80..<0xA0).contains(scalar.value) ? "?" : String(scalar)
    }
    return "\"\(shown.joined())\(text.unicodeScalars.count > limit ? "…" : "")\""
  }
}
