package import Destinations
import Encodings

/// A request as a handler sees it: method, path, query, headers, whole body. Free of the HTTP framework, so
/// that a faster lane can make one too. It prints as sizes.
package struct RouteRequest: Sendable {
  package let method: String
  /// The raw request target: path and query.
  package let target: String
  /// In order, names as they came.
  package let headers: [(name: String, value: [UInt8])]
  package let body: [UInt8]
  /// Where it came from, as far as somebody trusted can say.
  package let caller: IPAddress?
  /// What the pattern's placeholders stand for, percent-decoded once.
  var parameters: [String: String] = [:]
  /// The body, where it was read as JSON before the handler was called.
  var tape: JSONTape?

  package init(
    method: String, target: String, headers: [(name: String, value: [UInt8])], body: [UInt8], caller: IPAddress? = nil
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.caller = caller
  }

  /// The path, without the query.
  var path: String { String(target.prefix { $0 != "?" }) }

  /// The values of a query parameter, decoded; one that does not decode is left out.
  func query(_ name: String) -> String? {
    guard let mark = target.firstIndex(of: "?") else { return nil }
    let raw = target[target.index(after: mark)...].utf8
    for pair in FormEncoding.decode(Array(raw)) ?? [] where pair.name.elementsEqual(name.utf8) {
      return String(decoding: pair.value, as: UTF8.self)
    }
    return nil
  }

  /// Whether an answer of this type is asked for.
  func accepts(_ type: String) -> Bool {
    header("accept").map { String(decoding: $0, as: UTF8.self).lowercased().contains(type) } ?? false
  }

  /// The only value of a header; nil where there is none or there are several.
  func header(_ name: String) -> [UInt8]? {
    let found = headers.filter { $0.name.lowercased() == name.lowercased() }
    return found.count == 1 ? found[0].value : nil
  }

  /// The name that a caller gives to an order, to be told the same run when it comes again; nil where there is none.
  /// Throws the problem of more than one: none of them would name the order.
  func idempotencyKey() throws(Problem) -> [UInt8]? {
    let found = headers.filter { $0.name.lowercased() == "idempotency-key" }
    guard found.count <= 1 else { throw .malformedIdempotencyKey }
    return found.first?.value
  }

  /// The token of `Authorization: Bearer …`; the scheme's name in any case (RFC 9110 §11.1), one space or more after it.
  var bearerToken: ArraySlice<UInt8>? {
    guard let text = header("Authorization") else { return nil }
    let scheme = text.prefix { $0 != UInt8(ascii: " ") }
    guard scheme.count < text.count, scheme.map({ $0 | 0x20 }) == Array("bearer".utf8) else { return nil }
    return text[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
  }

  /// The value of a placeholder; the table guarantees that it is there.
  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  /// The body as a strict JSON document. Throws the problem that says where it is none.
  func json() throws(Problem) -> JSONTape {
    if let tape { return tape }
    do {
      // The route has bounded the bytes.
      var limits = JSONLimits.standard
      limits.maximumBytes = max(limits.maximumBytes, body.count)
      return try JSONTape(body, limits: limits)
    } catch {
      throw .invalid(field: "body", "The body is not JSON: \(error.message(in: body))")
    }
  }

  /// A body that may be missing altogether.
  func optionalJSON() throws(Problem) -> JSONTape? { body.isEmpty ? nil : try json() }
}

extension RouteRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RouteRequest(\(method), \(headers.count) headers, \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
