import Encodings

/// The parameters of the query of a route of the native API: those that its description names, each once.
enum QueryRules {
  /// Throws the problem of a parameter that is not known, stands there twice, or is not as its schema says.
  static func check(_ request: RouteRequest, known: [OpenAPIOperation.Query]) throws(Problem) {
    guard let mark = request.target.firstIndex(of: "?") else { return }
    let raw = Array(request.target[request.target.index(after: mark)...].utf8)
    guard let pairs = FormEncoding.decode(raw) else {
      throw .invalid(field: "query", "The query has a `%` without two hexadecimal digits; a `%` itself is written %25.")
    }
    var seen: Set<String> = []
    for pair in pairs {
      guard let query = known.first(where: { $0.name.utf8.elementsEqual(pair.name) }) else {
        let names = RequestRules.listed(known.map(\.name))
        throw .invalid(
          field: "query", "\(RequestRules.shown(pair.name)) is no parameter of this address; \(names).")
      }
      guard seen.insert(query.name).inserted else {
        throw .invalid(field: query.name, "`\(query.name)` stands in the query more than once; it is given once.")
      }
      guard UTF8Text.isValid(pair.value), isRight(String(decoding: pair.value, as: UTF8.self), for: query.schema) else {
        throw .invalid(field: query.name, "`\(query.name)` is \(wanted(query.schema)).")
      }
      // Nothing has it, and a look-up in the database would end the text there.
      guard !pair.value.contains(0) else {
        throw .invalid(field: query.name, "`\(query.name)` holds U+0000, which nothing here has; leave it out.")
      }
    }
  }

  private static func isRight(_ text: String, for schema: OpenAPISchema) -> Bool {
    switch schema {
    case .integer(let from, let through):
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return false }
      return number >= from ?? .min && number <= through ?? .max
    case .oneOf(let words): return words.contains(text)
    case .time: return Instant(rfc3339: text) != nil
    case .filled: return !text.isEmpty
    case .anything, .text, .flag, .yes, .number, .list, .object, .open, .mapping, .named, .orNull, .either: return true
    }
  }

  /// What stands after "is" in the sentence about a value that is not right.
  private static func wanted(_ schema: OpenAPISchema) -> String {
    switch schema {
    case .integer(let from?, let through?): "a number from \(from) to \(through)"
    case .integer(let from, _): "a whole number from \(from ?? 0) on"
    case .oneOf(let words) where words.count == 1: "\(words[0]), or is left out"
    case .oneOf(let words): "\(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")"
    case .time: "a time such as 2026-01-31T06:00:00Z"
    case .anything, .text, .filled, .flag, .yes, .number, .list, .object, .open, .mapping, .named, .orNull, .either:
      "a text in UTF-8"
    }
  }
}
