import Access
import Encodings
import Ledger
import NamedKeys

/// What a caller asks of a named key: the key, who asks, and the members of a body that knows no others.
struct KeyOrder {
  let name: KeyName
  let actor: LedgerActor
  private let tape: JSONTape?

  /// Throws the problem of a name, a body that is no object, or a member that the address does not take: nothing is
  /// thought to be set that is not.
  init(_ request: RouteRequest, _ who: Authorization?, takes known: Set<String>) throws {
    guard let who else { throw Problem.unauthenticated }
    name = try KeyName(request.parameter("name"))
    actor = .entity(who.token.entity.text)
    tape = try request.optionalJSON()
    guard let tape else { return }
    guard tape.kind(tape.root) == .object else { throw Problem.invalid(field: "body", "The body is a JSON object.") }
    for member in tape.children(tape.root) {
      guard let key = tape.key(member), known.contains(key) else {
        let names = known.isEmpty ? "no members" : known.sorted().joined(separator: ", ")
        throw Problem.invalid(field: "body", "This address takes \(names).")
      }
    }
  }

  static func missing(_ name: String) -> Problem { .invalid(field: name, "`\(name)` must be given.") }

  private func member(_ name: String) -> JSONTape.Node? {
    guard let tape, let node = tape.member(tape.root, name), tape.kind(node) != .null else { return nil }
    return node
  }

  func text(_ name: String) throws(Problem) -> String? {
    guard let tape, let node = member(name) else { return nil }
    guard let text = tape.string(node) else { throw .invalid(field: name, "`\(name)` must be a text.") }
    return text
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    guard let tape, let node = member(name) else { return false }
    guard let flag = tape.bool(node) else { throw .invalid(field: name, "`\(name)` must be true or false.") }
    return flag
  }

  func integer(_ name: String) throws(Problem) -> Int64? {
    guard let tape, let node = member(name) else { return nil }
    guard let integer = tape.integer(node) else { throw .invalid(field: name, "`\(name)` must be a whole number.") }
    return integer
  }

  func version(_ name: String) throws(Problem) -> UInt32? {
    guard let integer = try integer(name) else { return nil }
    guard let version = UInt32(exactly: integer) else {
      throw .invalid(field: name, "`\(name)` must be the number of a version.")
    }
    return version
  }

  /// Bytes in base 64 (RFC 4648 §4, padded).
  func bytes(_ name: String) throws(Problem) -> [UInt8]? {
    guard let tape, let node = member(name) else { return nil }
    guard let text = tape.stringBytes(node), let bytes = Base64.decode(text) else {
      throw .invalid(field: name, "`\(name)` must be bytes in base 64.")
    }
    return bytes
  }
}
