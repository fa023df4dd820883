/// One operation as the description tells it: what its route does not know of itself.
struct OpenAPIOperation: Sendable {
  struct Query: Sendable {
    let name: String
    let schema: OpenAPISchema
    let note: String
    var isRequired = false
  }

  /// The body of a request: one or several types to choose from.
  struct Body: Sendable {
    let contents: [Content]
    let isRequired: Bool

    static func required(_ name: String) -> Body { Body(contents: [.json(.named(name))], isRequired: true) }
    static func optional(_ name: String) -> Body { Body(contents: [.json(.named(name))], isRequired: false) }
  }

  enum Content: Sendable {
    case json(OpenAPISchema)
    case form(OpenAPISchema)
    /// JSON lines, each of one schema.
    case lines(OpenAPISchema)
    case text
  }

  struct Answer: Sendable {
    let status: Int
    let note: String
    let contents: [Content]
    var headers: [Header] = []

    static func json(_ name: String, _ note: String) -> Answer { json(200, name, note) }

    static func json(_ status: Int, _ name: String, _ note: String) -> Answer {
      Answer(status: status, note: note, contents: [.json(.named(name))])
    }

    static func lines(_ name: String, _ note: String) -> Answer {
      Answer(status: 200, note: note, contents: [.lines(.named(name))])
    }

    static func text(_ note: String) -> Answer { Answer(status: 200, note: note, contents: [.text]) }

    static func noContent(_ note: String, headers: [Header] = []) -> Answer {
      Answer(status: 204, note: note, contents: [], headers: headers)
    }
  }

  struct Header: Sendable {
    let name: String
    let note: String
  }

  /// Method and pattern: `GET /api/runs`.
  let key: String
  /// A name for generated clients.
  let id: String
  let summary: String
  let queries: [Query]
  let body: Body?
  let answers: [Answer]
  /// Statuses of problems.
  let problems: [Int]

  init(
    _ key: String, _ id: String, _ summary: String, queries: [Query] = [], body: Body? = nil, answers: [Answer],
    problems: [Int] = OpenAPIProblems.usual
  ) {
    self.key = key
    self.id = id
    self.summary = summary
    self.queries = queries
    self.body = body
    self.answers = answers
    self.problems = problems
  }
}

/// Answers that are no success: `components.responses`, by status.
enum OpenAPIProblems {
  /// Those of every route that needs a token.
  static let usual = [400, 403, 404, 405, 409, 413, 500, 503]

  static func name(_ status: Int) -> String { "Problem\(status)" }

  static let all: [OpenAPIOperation.Answer] = [
    problem(400, "The request is malformed; `field` names where."),
    OpenAPIOperation.Answer(
      status: 403, note: "No good token (`errors`), or its policies do not allow it (`detail` says what would).",
      contents: [.json(.named("Errors"))]),
    problem(404, "There is nothing of this name."),
    problem(405, "Another method.", [OpenAPIOperation.Header(name: "Allow", note: "The methods that it takes.")]),
    problem(409, "The state forbids it: disabled, ended already, a name that is taken."),
    problem(413, "The body is over the route's limit."),
    problem(422, "Documents with faults: `faults` names file, line and column."),
    problem(429, "Too many requests from this address were refused.", [retryAfter]),
    problem(500, "A fault of the service."),
    problem(503, "Sealed, busy or out of disk.", [retryAfter]),
  ]

  private static let retryAfter = OpenAPIOperation.Header(name: "Retry-After", note: "Seconds to wait.")

  private static func problem(
    _ status: Int, _ note: String, _ headers: [OpenAPIOperation.Header] = []
  ) -> OpenAPIOperation.Answer {
    OpenAPIOperation.Answer(status: status, note: note, contents: [], headers: headers)
  }
}
