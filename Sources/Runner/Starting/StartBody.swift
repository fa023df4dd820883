import Encodings

/// The body of a verified start, read once and strictly: what a run works with must be what the sender signed, in one
/// reading.
enum StartBody: Sendable {
  case none
  /// Exactly one JSON value.
  case json([UInt8])
  /// `application/x-www-form-urlencoded`: pairs in order, all of it UTF-8.
  case form([(name: [UInt8], value: [UInt8])])

  /// Why a body starts nothing: one sentence with the place, without any of its content.
  struct Refusal: Error, Equatable {
    let sentence: String
  }

  /// An empty body is none. A form is read as one, everything else must be JSON: UTF-8, no key twice in an object, at most
  /// 64 deep.
  static func read(_ body: [UInt8], contentType: [UInt8]?) throws(Refusal) -> StartBody {
    if body.isEmpty { return .none }
    if mediaType(contentType) == "application/x-www-form-urlencoded" {
      guard let pairs = FormEncoding.decode(body),
        pairs.allSatisfy({ String(validating: $0.name, as: UTF8.self) != nil && isUTF8($0.value) })
      else { throw Refusal(sentence: "The body is no form: a broken escape, or bytes that are not UTF-8.") }
      return .form(pairs)
    }
    do {
      _ = try JSONTape(body)
      return .json(body)
    } catch {
      throw Refusal(sentence: "The body is not JSON as it must be: \(error.message(in: body)).")
    }
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// The type and subtype in lower case, without parameters (RFC 9110 §8.3.1).
  private static func mediaType(_ header: [UInt8]?) -> String? {
    guard let header else { return nil }
    let text = header.prefix { $0 != UInt8(ascii: ";") }
    return String(decoding: text, as: UTF8.self).filter { $0 != " " && $0 != "\t" }.lowercased()
  }
}
