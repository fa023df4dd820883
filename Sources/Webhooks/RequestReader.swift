import Encodings

/// Finds the texts that a scheme names in one request. What has to be parsed for that (query, JSON) is parsed at
/// most once.
struct RequestReader {
  /// Why a text could not be had.
  enum Fault: Error, Hashable {
    case missing
    case repeated
    case malformed
    case notJSON
  }

  let request: UnverifiedRequest
  /// What the administrator entered for `config` sources.
  let settings: [String: [UInt8]]
  private var parsedBody: Parsed = .notYet

  private enum Parsed {
    case notYet
    case tape(JSONTape)
    case notJSON
  }

  init(_ request: UnverifiedRequest, settings: [String: [UInt8]]) {
    self.request = request
    self.settings = settings
  }

  /// The one text of a source, tag cut off and of the right form.
  mutating func value(of source: SchemeSource) throws(Fault) -> ArraySlice<UInt8> {
    let elements = try self.elements(of: source)
    guard elements.count <= 1 else { throw .repeated }
    guard let element = elements.first else { throw .missing }
    guard source.pattern.matches(element) else { throw .malformed }
    // What is signed must say something: an empty text is as good as none, whatever its pattern lets through.
    guard !element.isEmpty else { throw .missing }
    return element
  }

  /// Every element of a source, tag cut off, before its form is checked: for signatures, of which several may come.
  mutating func elements(of source: SchemeSource) throws(Fault) -> [ArraySlice<UInt8>] {
    guard let result = Self.elements(in: try texts(at: source.place), of: source) else { throw .malformed }
    if result.isEmpty { throw .missing }
    return result
  }

  /// Every element of these texts; nil where one of them has not the source's tag.
  static func elements(in texts: [ArraySlice<UInt8>], of source: SchemeSource) -> [ArraySlice<UInt8>]? {
    var result: [ArraySlice<UInt8>] = []
    for text in texts {
      guard let separator = source.separator else {
        guard let element = Self.cut(source.tag, off: text) else { return nil }
        result.append(element)
        continue
      }
      // White space around the elements of a list is no part of them (RFC 9110 §5.6.1).
      for element in Self.split(text, at: separator).map(\.withoutOuterSpace) {
        if let element = Self.cut(source.tag, off: element) { result.append(element) }
      }
    }
    return result
  }

  /// The body as JSON. Duplicate keys, and everything else that could be read in two ways, is refused.
  mutating func json() throws(Fault) -> JSONTape {
    if case .notYet = parsedBody {
      if let tape = try? JSONTape(request.body, limits: WebhookLimits.unverifiedJSON) {
        parsedBody = .tape(tape)
      } else {
        parsedBody = .notJSON
      }
    }
    guard case .tape(let tape) = parsedBody else { throw .notJSON }
    return tape
  }

  private mutating func texts(at place: SchemeSource.Place) throws(Fault) -> [ArraySlice<UInt8>] {
    switch place {
    case .header(let name):
      let found = Self.values(of: name, in: request.headers)
      if found.count > 1 { throw .repeated }
      return found
    case .headerFamily(let name):
      var numbers: Set<Int> = []
      var found: [ArraySlice<UInt8>] = []
      for header in request.headers {
        guard let number = name.familyNumber(of: header.name) else { continue }
        guard numbers.insert(number).inserted else { throw .repeated }
        found.append(header.trimmedValue)
      }
      return found
    case .query(let name):
      guard let query = request.query else { return [] }
      let found = QueryParameters.values(of: name.bytes, in: query)
      if found.count > 1 { throw .repeated }
      guard let first = found.first else { return [] }
      guard let value = first else { throw .malformed }
      return [value[...]]
    case .json(let pointer):
      guard let text = pointer.text(in: try json()) else { return [] }
      return [text[...]]
    case .config(let name): return settings[name].map { [$0[...]] } ?? []
    }
  }

  static func values(of name: HeaderName, in headers: [RequestHeader]) -> [ArraySlice<UInt8>] {
    headers.filter { name.matches($0.name) }.map(\.trimmedValue)
  }

  private static func cut(_ tag: [UInt8]?, off text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let tag else { return text }
    return text.starts(with: tag) ? text.dropFirst(tag.count) : nil
  }

  private static func split(_ text: ArraySlice<UInt8>, at separator: [UInt8]) -> [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var next = start
    while next < text.endIndex {
      if text[next...].starts(with: separator) {
        result.append(text[start..<next])
        next += separator.count
        start = next
      } else {
        next += 1
      }
    }
    result.append(text[start...])
    return result
  }
}
