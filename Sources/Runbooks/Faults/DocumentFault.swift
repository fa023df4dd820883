package import SourceText

/// One fault of a document, at its place. The text holds names that stand in the document, never a value:
/// a value in the wrong place may be a secret.
package struct DocumentFault: Error, Hashable, Sendable {
  /// An error keeps the document from being used, a warning does not. A note is nothing to mend: it says where
  /// something goes, for whoever asks.
  package enum Severity: String, Sendable, CaseIterable {
    case error
    case warning
    case note
  }

  /// One step of the way that a fault is about, at its place.
  package struct TrailStep: Hashable, Sendable {
    package let place: SourcePlace
    /// One clause. Names only.
    package let text: String

    package init(place: SourcePlace, text: String) {
      self.place = place
      self.text = text
    }

    /// `file:line:column: text`.
    package var rendered: String { "\(place.file):\(place.line):\(place.column): \(text)" }
  }

  package let place: SourcePlace
  package let severity: Severity
  package let code: FaultCode
  package let message: String
  /// What to do, in one sentence; `nil` where the message says it.
  package let remedy: String?
  /// From a source to a sink, where the fault is about a way; else empty.
  package let trail: [TrailStep]

  package init(
    place: SourcePlace, severity: Severity, code: FaultCode, message: String, remedy: String? = nil,
    trail: [TrailStep] = []
  ) {
    self.place = place
    self.severity = severity
    self.code = code
    self.message = message
    self.remedy = remedy
    self.trail = trail
  }

  /// `file:line:column: error: message [D102]`, with the remedy behind it, and without the trail.
  package var headline: String {
    let text = "\(place.file):\(place.line):\(place.column): \(severity.rawValue): \(message)"
    return (remedy.map { "\(text); \($0)" } ?? text) + " [\(code.rawValue)]"
  }

  /// The headline, and behind it on the same line the trail: `— 1. file:line:column: text 2. …`.
  package var rendered: String {
    guard !trail.isEmpty else { return headline }
    let steps = trail.enumerated().map { "\($0 + 1). \($1.rendered)" }
    return "\(headline) — \(steps.joined(separator: " "))"
  }
}

extension [DocumentFault] {
  /// Whether the document may not be used.
  package var hasErrors: Bool { contains { $0.severity == .error } }

  /// By file in the order given, then by place; the order of finding breaks ties.
  package func sorted(byFilesIn files: [String]) -> [DocumentFault] {
    let rank = Dictionary(files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return enumerated().sorted { left, right in
      let leftKey = (rank[left.element.place.file] ?? files.count, left.element.place.line, left.element.place.column)
      let rightKey = (
        rank[right.element.place.file] ?? files.count, right.element.place.line, right.element.place.column
      )
      return leftKey == rightKey ? left.offset < right.offset : leftKey < rightKey
    }.map(\.element)
  }
}

/// A name of a document as messages show it: short, on one line.
enum ShownName {
  static func of(_ name: String) -> String {
    let cleaned = name.unicodeScalars.prefix(64).map { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F ? "?" : String(scalar)
    }.joined()
    return name.unicodeScalars.count > 64 ? "`\(cleaned)…`" : "`\(cleaned)`"
  }
}

/// Finds what an author may have meant.
enum NearestName {
  /// More names are not searched: a suggestion is a convenience, and must not cost more than the check.
  private static let mostCandidates = 300

  /// The candidate with the fewest edits, when they are few enough to be a slip.
  static func of(_ name: String, among candidates: some Collection<String>) -> String? {
    let name = [UInt8](name.lowercased().utf8)
    guard name.count <= 64, candidates.count <= mostCandidates else { return nil }
    var best: (distance: Int, name: String)?
    var limit = name.count <= 5 ? 1 : name.count <= 8 ? 2 : 3
    for candidate in candidates {
      let bytes = [UInt8](candidate.lowercased().utf8)
      guard bytes.count <= 64, abs(bytes.count - name.count) <= limit else { continue }
      let found = distance(name, bytes)
      guard found <= limit, found < best?.distance ?? Int.max || candidate < best?.name ?? "" else { continue }
      best = (found, candidate)
      limit = found
    }
    return best?.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older: [Int] = []
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var cost = min(previous[column] + (byte == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          cost = min(cost, older[column - 1] + 1)
        }
        current.append(cost)
      }
      older = previous
      previous = current
    }
    return previous[right.count]
  }
}
