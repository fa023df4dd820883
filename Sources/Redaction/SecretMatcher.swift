/// Finds and masks the secrets it was built for (docs/spec/redaction-forms.md).
///
/// It never changes, so that many tasks may use one. It never lets a text pass that it could not scan: then the result
/// is a marker, a match of the whole text, or the name `SecretName.withheld`.
package final class SecretMatcher: Sendable {
  /// What a mask and the search need to know of a secret.
  struct Secret: Sendable {
    var name: SecretName
    var scope: TextScope
  }

  let secrets: [Secret]
  let table: PatternTable
  let indexes: [WindowIndexes.Gated]
  let limits: RedactionLimits
  /// The mask of each secret.
  let masks: [[UInt8]]
  /// The fewest bytes in which a pattern is found that counts in decoded text.
  let shortestDecoded: Int
  /// The most bytes that a stream holds back: the longest form, spread by escapes and line breaks.
  package let holdBack: Int

  private init(
    secrets: [Secret], table: PatternTable, indexes: [WindowIndexes.Gated], limits: RedactionLimits, masks: [[UInt8]]
  ) {
    self.secrets = secrets
    self.masks = masks
    self.table = table
    self.indexes = indexes
    self.limits = limits
    shortestDecoded = table.rows.reduce(.max) { shortest, row in
      row.traits.contains(.borderOnly) || secrets[Int(row.secret)].scope != .all ? shortest : min(shortest, row.count)
    }
    holdBack =
      secrets.isEmpty
      ? 0 : RedactionLimits.maximumSpan(ofForm: table.longest) + RedactionLimits.surroundings
  }

  /// A matcher of these secrets, with masks that it does not match itself.
  convenience init(secrets: [Secret], table: PatternTable, indexes: [WindowIndexes.Gated], limits: RedactionLimits) {
    let judge = SecretMatcher(secrets: secrets, table: table, indexes: indexes, limits: limits, masks: [])
    self.init(
      secrets: secrets, table: table, indexes: indexes, limits: limits, masks: judge.harmlessMasks())
  }

  /// A matcher that knows no secret and passes everything.
  package static let empty = MatcherBuilder().build()

  /// The bytes of all forms, of which a matcher has `RedactionLimits.maximumFormBytes` at most.
  package var formBytes: Int { table.byteCount }

  /// How many secrets it knows.
  package var count: Int { secrets.count }

  /// Places to mask, in order, never overlapping. When the text could not be scanned, all of it is one place, named
  /// `SecretName.withheld`.
  package func matches(in bytes: [UInt8], scope: TextScope = .all) -> [SecretMatch] {
    var session = ScanSession(matcher: self, scope: scope, writesText: false)
    session.scanAll(bytes)
    guard session.fault == nil else { return [SecretMatch(range: 0..<bytes.count, name: .withheld, kind: .raw)] }
    return session.matches
  }

  /// As the other `matches`; ranges are indices of the slice.
  package func matches(in bytes: ArraySlice<UInt8>, scope: TextScope = .all) -> [SecretMatch] {
    matches(in: Array(bytes), scope: scope).map { match in
      var match = match
      match.range = match.range.lowerBound + bytes.startIndex..<match.range.upperBound + bytes.startIndex
      return match
    }
  }

  /// The names of all secrets in the text, also of those under another one's mask. When the text could not be scanned,
  /// `SecretName.withheld`: so that no answer means that there is none.
  package func containsAny(_ bytes: [UInt8], scope: TextScope = .all) -> Set<SecretName> {
    matches(in: bytes, scope: scope).reduce(into: []) { names, match in
      names.insert(match.name)
      names.formUnion(match.alsoCovers)
    }
  }

  /// The text with each place masked.
  ///
  /// In the scope `.wholeForms` a text that raises the alarm is withheld. Bytes that are not UTF-8 pass unchanged.
  package func redact(_ bytes: [UInt8], scope: TextScope = .all) -> RedactionResult {
    var session = ScanSession(matcher: self, scope: scope, writesText: true)
    session.scanAll(bytes)
    return session.result
  }

  /// As the other `redact`, for text.
  package func redact(_ text: String, scope: TextScope = .all) -> RedactionResult {
    redact(Array(text.utf8), scope: scope)
  }

  /// For each secret the first of its masks in which nothing is found.
  private func harmlessMasks() -> [[UInt8]] {
    // Many secrets may have one name, such as the values of one encrypted body: each name is looked at once.
    var names: [SecretName] = []
    var places: [SecretName: Int] = [:]
    let placeOfSecret = secrets.map { secret -> Int in
      if let place = places[secret.name] { return place }
      places[secret.name] = names.count
      names.append(secret.name)
      return names.count - 1
    }
    let masks = harmlessMasks(of: names)
    return placeOfSecret.map { masks[$0] }
  }

  private func harmlessMasks(of names: [SecretName]) -> [[UInt8]] {
    let choices = names.map { Mask.candidates($0) }
    var chosen = [Int](repeating: 0, count: names.count)
    while true {
      // All masks as one text: asking for each alone would cost a scan per secret.
      var text: [UInt8] = []
      var starts: [Int] = []
      for (choice, masks) in zip(chosen, choices) {
        starts.append(text.count)
        text += masks[choice] + [0]
      }
      var hasChanged = false
      var index = 0
      for match in matches(in: text) {
        while index < starts.count, starts[index] < match.range.upperBound {
          let end = index + 1 < starts.count ? starts[index + 1] : text.count
          if end > match.range.lowerBound, chosen[index] + 1 < choices[index].count {
            chosen[index] += 1
            hasChanged = true
          }
          index += 1
        }
      }
      if !hasChanged { return zip(chosen, choices).map { $1[$0] } }
    }
  }
}

extension SecretMatcher: MaskedPrinting {}
