/// Several matchers as one: it finds what one matcher of all their secrets would find.
///
/// So whoever learns secrets one after the other prepares the new ones only. Where it differs from one matcher, it masks
/// more: pieces of a secret that touch are one place also where another secret ends between them.
package struct LayeredMatcher: Sendable {
  /// Those with the secrets that were registered first come first.
  private let layers: [SecretMatcher]

  /// The matchers as one, those with the secrets that were registered first before the others.
  package init(_ layers: [SecretMatcher]) {
    self.layers = layers
  }

  /// How many secrets it knows.
  package var count: Int { layers.reduce(0) { $0 + $1.count } }

  /// As `SecretMatcher.matches`: when a text could not be scanned for some of the secrets, all of it is one place.
  package func matches(in bytes: [UInt8], scope: TextScope = .all) -> [SecretMatch] {
    let finding = search(bytes, scope)
    guard finding.fault == nil else { return [SecretMatch(range: 0..<bytes.count, name: .withheld, kind: .raw)] }
    return finding.matches
  }

  /// Whether more of the secrets are in a text that somebody chose than chance explains.
  package func alarm(in bytes: [UInt8]) -> RedactionAlarm? { search(bytes, .wholeForms).alarm }

  /// The text with each place masked, or the marker where it could not be scanned.
  package func redact(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let finding = search(bytes, .all)
    if let fault = finding.fault { return Mask.withheld(fault) }
    guard !finding.matches.isEmpty else { return text }
    var output: [UInt8] = []
    var position = 0
    for match in finding.matches {
      output += bytes[position..<match.range.lowerBound]
      output += mask(of: match.name)
      position = match.range.upperBound
    }
    return String(decoding: output + bytes[position...], as: UTF8.self)
  }

  /// What the layers found together.
  private struct Finding {
    var matches: [SecretMatch] = []
    var alarm: RedactionAlarm?
    var fault: WithheldReason?
  }

  private func search(_ bytes: [UInt8], _ scope: TextScope) -> Finding {
    var finding = Finding()
    var found: [[SecretMatch]] = []
    for layer in layers {
      var session = ScanSession(matcher: layer, scope: scope, writesText: false, withholdsAtAlarm: false)
      session.scanAll(bytes)
      found.append(session.matches)
      if let fault = session.fault {
        finding.fault = finding.fault ?? fault
        finding.alarm = finding.alarm ?? session.alarm
      }
    }
    finding.matches = Self.merged(found)
    guard scope == .wholeForms else { return finding }
    var names = Set(finding.matches.flatMap { [$0.name] + $0.alsoCovers })
    names.remove(.withheld)
    finding.alarm =
      finding.alarm ?? RedactionAlarm(distinctSecrets: names.count, matches: finding.matches.count)
    if finding.alarm != nil { finding.fault = finding.fault ?? .tooManySecrets }
    return finding
  }

  /// The places of all layers in order, those that overlap as one, named as one matcher names them: after what begins
  /// first, of several the longest, of equals what was registered first.
  private static func merged(_ found: [[SecretMatch]]) -> [SecretMatch] {
    let filled = found.filter { !$0.isEmpty }
    guard filled.count > 1 else { return filled.first ?? [] }
    var places: [(match: SecretMatch, layer: Int)] = []
    for (layer, matches) in filled.enumerated() { places += matches.map { (match: $0, layer: layer) } }
    places.sort { left, right in order(left.match, left.layer) < order(right.match, right.layer) }
    var merged: [SecretMatch] = []
    for (match, _) in places {
      guard let last = merged.indices.last, match.range.lowerBound < merged[last].range.upperBound else {
        merged.append(match)
        continue
      }
      let end = max(merged[last].range.upperBound, match.range.upperBound)
      merged[last].range = merged[last].range.lowerBound..<end
      for name in [match.name] + match.alsoCovers
      where name != merged[last].name && !merged[last].alsoCovers.contains(name) {
        merged[last].alsoCovers.append(name)
      }
    }
    return merged
  }

  private static func order(_ match: SecretMatch, _ layer: Int) -> (Int, Int, Int, Int) {
    (match.range.lowerBound, -match.range.upperBound, match.name == .withheld ? 1 : 0, layer)
  }

  /// The first mask of the name in which nothing is found, by no layer.
  private func mask(of name: SecretName) -> [UInt8] {
    if name == .withheld { return Array(Mask.withheld(.compressedTooMuch).utf8) }
    let choices = Mask.candidates(name)
    return choices.first { matches(in: $0).isEmpty } ?? choices.last ?? []
  }
}

extension LayeredMatcher: MaskedPrinting {}
