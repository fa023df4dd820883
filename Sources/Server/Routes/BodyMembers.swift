import Encodings

/// The members of JSON bodies of the native API: those that the description names, and no other.
enum BodyMembers {
  private static let schemas: [String: OpenAPISchema] = Dictionary(
    OpenAPISchemas.named.map { ($0.name, $0.schema) }, uniquingKeysWith: { first, _ in first })

  /// Throws the problem of a body that is no object, or has a member that is not known, here or in an object further down.
  static func check(_ tape: JSONTape, against schema: OpenAPISchema) throws(Problem) {
    let known = members(of: schema)
    guard tape.kind(tape.root) == .object else {
      throw .invalid(field: "body", "The body must be a JSON object; \(RequestRules.listed(known.map(\.name))).")
    }
    try check(tape, tape.root, against: schema, part: "this body")
  }

  private static func members(of schema: OpenAPISchema) -> [OpenAPISchema.Member] {
    switch schema {
    case .named(let name): schemas[name].map { members(of: $0) } ?? []
    case .object(let members), .open(let members): members
    case .orNull(let schema): members(of: schema)
    case .anything, .text, .filled, .time, .oneOf, .flag, .yes, .integer, .number, .list, .mapping, .either: []
    }
  }

  /// A value of another kind than the description says is left to the handler, which says what it wants in its place.
  private static func check(
    _ tape: JSONTape, _ node: JSONTape.Node, against schema: OpenAPISchema, part: String
  ) throws(Problem) {
    switch schema {
    case .named(let name):
      guard let schema = schemas[name] else { return }
      try check(tape, node, against: schema, part: part)
    case .object(let members):
      guard tape.kind(node) == .object else { return }
      for child in tape.children(node) {
        let key = tape.keyBytes(child) ?? []
        guard let member = members.first(where: { $0.name.utf8.elementsEqual(key) }) else {
          let known = RequestRules.listed(members.map(\.name))
          throw .invalid(field: "body", "\(RequestRules.shown(key)) is no member of \(part); \(known).")
        }
        try check(tape, child, against: member.schema, part: "`\(member.name)`")
      }
    case .list(let items, _, _):
      guard tape.kind(node) == .array else { return }
      for child in tape.children(node) { try check(tape, child, against: items, part: part) }
    case .orNull(let schema): try check(tape, node, against: schema, part: part)
    case .anything, .text, .filled, .time, .oneOf, .flag, .yes, .integer, .number, .open, .mapping, .either: return
    }
  }
}
