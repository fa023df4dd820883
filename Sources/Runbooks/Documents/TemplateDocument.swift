/// A mail that failed runs can ask for (`on_failure.email.template`), with places for what is known of the runbook.
package struct TemplateDocument: Equatable, Sendable {
  /// The name under which runbooks use it.
  package var id: String
  package var notes: String
  package var subject: String
  package var text: String?
  package var html: String?

  package init(id: String, notes: String = "", subject: String, text: String? = nil, html: String? = nil) {
    self.id = id
    self.notes = notes
    self.subject = subject
    self.text = text
    self.html = html
  }

  /// What may stand in the place of a value: `$-` and one of these words.
  package enum Variable: String, CaseIterable, Sendable {
    case runbookID = "RUNBOOKID"
    case runbookName = "RUNBOOKNAME"
    case runbookNotes = "RUNBOOKNOTES"
    case retentionDays = "RUNBOOKLOGRETENTIONDAYS"
    case groupName = "RUNBOOKGROUPNAME"

    /// What a runbook has for it.
    func value(of runbook: RunbookDocument) -> String {
      switch self {
      case .runbookID: runbook.id
      case .runbookName: runbook.name
      case .runbookNotes: runbook.notes
      case .retentionDays: String(runbook.retentionDays)
      case .groupName: runbook.group ?? ""
      }
    }
  }

  /// A template whose places are filled.
  package struct Filled: Equatable, Sendable {
    /// One line without control characters, at most `TemplateLimits.filledSubjectBytes`.
    package let subject: String
    package let text: String?
    /// Values in it are escaped.
    package let html: String?
  }

  /// Filled with what is known of the runbook. Values are put in once: what looks like a variable in a value stays.
  package func filled(for runbook: RunbookDocument) -> Filled {
    let subject = TemplatePieces(subject).filled { $0.value(of: runbook) }
    return Filled(
      subject: MailText.line(subject, maximumBytes: TemplateLimits.filledSubjectBytes),
      text: text.map { TemplatePieces($0).filled { $0.value(of: runbook) } },
      html: html.map { TemplatePieces($0).filled { MailText.escaped($0.value(of: runbook)) } })
  }
}

/// Bounds of templates.
enum TemplateLimits {
  static let subjectBytes = 500
  static let bodyBytes = 100_000
  static let filledSubjectBytes = 400
}

/// The text of a template, cut at its variables: `$-` and the capital letters behind it.
struct TemplatePieces {
  enum Piece: Equatable {
    case text(String)
    case variable(TemplateDocument.Variable)
    case unknown(String)
  }

  let pieces: [Piece]

  init(_ text: String) {
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      var end = index + 2
      if bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "-") {
        while end < bytes.count, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[end]) { end += 1 }
      }
      guard end > index + 2 else {
        literal.append(bytes[index])
        index += 1
        continue
      }
      if !literal.isEmpty { pieces.append(.text(String(decoding: literal, as: UTF8.self))) }
      literal = []
      let name = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
      pieces.append(TemplateDocument.Variable(rawValue: name).map(Piece.variable) ?? .unknown(name))
      index = end
    }
    if !literal.isEmpty { pieces.append(.text(String(decoding: literal, as: UTF8.self))) }
    self.pieces = pieces
  }

  /// Names behind `$-` that are no variables.
  var unknown: [String] {
    pieces.compactMap { piece in
      guard case .unknown(let name) = piece else { return nil }
      return name
    }
  }

  func filled(_ value: (TemplateDocument.Variable) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .variable(let variable): value(variable)
      case .unknown(let name): "$-" + name
      }
    }.joined()
  }
}

/// What values become in a mail.
enum MailText {
  /// One line: no control characters, no line separators and nothing that turns the direction of writing.
  static func line(_ text: String, maximumBytes: Int) -> String {
    var line = String.UnicodeScalarView()
    var bytes = 0
    for scalar in text.unicodeScalars where !isForbidden(scalar) {
      bytes += String(scalar).utf8.count
      guard bytes <= maximumBytes else { break }
      line.append(scalar)
    }
    return String(line)
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    default: false
    }
  }

  /// For HTML text and for attribute values in either quotes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
