import Encodings

/// What a route of the native API takes, from its description: parameters of the query and members of a JSON body. Whatever
/// it does not know is refused, so that nothing is thought to be asked for that is not.
struct RequestRules: Sendable {
  private let queries: [OpenAPIOperation.Query]
  /// Nil where no JSON body is read.
  private let body: OpenAPISchema?

  /// By method and pattern: `GET /api/runs`.
  private static let byKey: [String: RequestRules] = OpenAPIOperations.byKey.mapValues { RequestRules($0) }

  /// Those of a route; nil for one that is not described, because it is not of the native API.
  static func of(_ method: String, _ pattern: String) -> RequestRules? { byKey["\(method) \(pattern)"] }

  private init(_ operation: OpenAPIOperation) {
    queries = operation.queries
    var schema: OpenAPISchema?
    for content in operation.body?.contents ?? [] {
      if case .json(let found) = content { schema = found }
    }
    body = schema
  }

  /// Throws the problem of a query or a body that is not as described. Gives the body as it was read, so that it is read
  /// once; nil where there is none, or none is taken. What a member is worth is the handler's to say.
  func check(_ request: RouteRequest) throws(Problem) -> JSONTape? {
    try QueryRules.check(request, known: queries)
    guard let body, !request.body.isEmpty else { return nil }
    let tape = try request.json()
    try BodyMembers.check(tape, against: body)
    return tape
  }

  /// A name that somebody has sent: as it is where it looks like one, else by its size. What was sent in the wrong place, a
  /// secret perhaps, is not repeated.
  static func shown(_ name: [UInt8]) -> String {
    let isPlain = name.allSatisfy { byte in
      (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }
    guard isPlain, (1...32).contains(name.count) else { return "A name of \(name.count) bytes" }
    return "`\(String(decoding: name, as: UTF8.self))`"
  }

  /// The names that are known, in the order of the description.
  static func listed(_ names: [String]) -> String {
    names.isEmpty ? "it takes none" : "it takes \(names.map { "`\($0)`" }.joined(separator: ", "))"
  }
}
