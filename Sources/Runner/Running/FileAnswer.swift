import Encodings
import Labels
import Runbooks

/// What an answer says about the file that it is: every word of it is the other side's, and nothing here trusts one.
struct FileAnswer: Sendable {
  /// The last part of the name, without characters that mean something to a file system or a terminal; nil where there
  /// is none.
  let name: String?
  /// Without parameters; `application/octet-stream` where it is no media type.
  let type: String
  let size: Int

  private static let longestName = 200

  init(headers: [(name: String, value: [UInt8])], body: [UInt8]) {
    func first(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }
    name = first("content-disposition").flatMap { Self.name(in: $0) }
    let given = first("content-type") ?? ""
    let type = given.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    self.type = MediaType.isName(type) ? type : MediaType.unknown
    size = body.count
  }

  /// `response` of the answer: an object of name, type and size, each with the label of the answer.
  func value(label: Label) throws(ValueFault) -> LabeledText {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("name")
    if let name { writer.string(name) } else { writer.null() }
    writer.key("type")
    writer.string(type)
    writer.key("size")
    writer.integer(Int64(size))
    writer.endObject()
    return try LabeledText(json: writer.finish(), label: label)
  }

  /// `filename*` before `filename` (RFC 6266 §4.3).
  static func name(in disposition: String) -> String? {
    var plain: String?
    for part in parts(of: disposition).dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingSpaces }
      guard pair.count == 2 else { continue }
      switch pair[0].lowercased() {
      case "filename*": if let name = extended(pair[1]).flatMap(safe) { return name }
      case "filename": plain = plain ?? safe(unquoted(pair[1]))
      default: continue
      }
    }
    return plain
  }

  /// At semicolons outside quotes.
  private static func parts(of text: String) -> [String] {
    var parts = [""]
    var isQuoted = false
    var isEscaped = false
    for character in text.unicodeScalars {
      if character == ";", !isQuoted {
        parts.append("")
        continue
      }
      if character == "\"", !isEscaped { isQuoted.toggle() }
      isEscaped = character == "\\" && isQuoted && !isEscaped
      parts[parts.count - 1].unicodeScalars.append(character)
    }
    return parts
  }

  private static func unquoted(_ text: String) -> String {
    guard text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2 else { return text }
    var result = ""
    var isEscaped = false
    for character in text.dropFirst().dropLast() {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        result.append(character)
        isEscaped = false
      }
    }
    return result
  }

  /// `UTF-8''%e2%82%ac.pdf` (RFC 8187 §3.2); other character sets are not read.
  private static func extended(_ text: String) -> String? {
    let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8",
      let bytes = PercentEncoding.decode(Array(parts[2].utf8), plusIsSpace: false)
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The last part of a path; controls and marks that turn text round are left out, so is a name of dots.
  private static func safe(_ text: String) -> String? {
    let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
    var name = String(
      String.UnicodeScalarView(
        last.unicodeScalars.filter { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
          default: true
          }
        }))
    while name.utf8.count > longestName { name.removeLast() }
    name = name.trimmingSpaces
    return name.allSatisfy { $0 == "." } ? nil : name
  }
}

extension StringProtocol {
  fileprivate var trimmingSpaces: String {
    let start = drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
