import Destinations

/// What the service writes into a request beside its rows, held against the rows and against one another: where two values
/// have one place, a receiver would choose between them, or one of them would be lost.
enum WrittenTwiceCheck {
  typealias Finding = DocumentCheck.Finding
  typealias Report = (Finding) -> Void

  static func check(_ document: IntegrationDocument, report: Report) {
    checkCredential(of: document, report)
    for method in document.methods {
      let part = "methods.\(method.name)"
      checkQuery(of: method, in: document, part, report)
      checkIdempotency(of: method, in: document, part, report)
    }
  }

  /// Headers that say what the body is.
  private static let bodyHeaders: Set<String> = ["content-type", "content-encoding", "content-digest"]

  private static func checkCredential(of document: IntegrationDocument, _ report: Report) {
    if case .basic(let username, _) = document.authorization, username.utf8.contains(UInt8(ascii: ":")) {
      report(
        .error(
          .badValue, "auth.username", "a user name of `basic` holds no colon, which ends it (RFC 7617)",
          remedy: "what stands behind the colon belongs to the password"))
    }
    guard let header = document.authorization.writtenHeaders.first(where: { bodyHeaders.contains($0.lowercased()) })
    else { return }
    report(
      .error(
        .authorizationTwice, "auth",
        "the header \(ShownName.of(header)) says what the body of a request is, and cannot carry the authorisation",
        remedy: "name the header that the other side reads the credential from"))
  }

  /// The URL of a method may hold a query of its own.
  private static func checkQuery(
    of method: Method, in document: IntegrationDocument, _ part: String, _ report: Report
  ) {
    guard method.inheritsAuthorization, let name = document.authorization.written.query,
      let url = try? IntegrationCheck.template(document, resource: method.resource.source, hasSealed: false),
      url.hasQueryName(Array(name.utf8))
    else { return }
    report(
      .error(
        .authorizationTwice, "\(part).request",
        "\(ShownName.of(name)) in the URL of the request is written by the integration's authorisation already",
        remedy: "remove it there, or set auth: none on the method"))
  }

  /// Of the method's own signing, `SigningCheck` says it.
  private static func checkIdempotency(
    of method: Method, in document: IntegrationDocument, _ part: String, _ report: Report
  ) {
    guard let header = method.idempotencyHeader, let other = writer(of: header, method, document) else { return }
    report(
      .error(
        .authorizationTwice, "\(part).idempotency",
        "the key that tells repetitions apart would go into the header \(ShownName.of(header)), which \(other)",
        remedy: "name the header that the other side reads the key from, and leave it to `idempotency`"))
  }

  /// What else writes the header; nil where nothing does.
  private static func writer(of header: String, _ method: Method, _ document: IntegrationDocument) -> String? {
    let name = header.lowercased()
    if method.headers.contains(where: { $0.key.lowercased() == name }) { return "a row of `headers` writes" }
    let isReplaced = if case .signature = document.authorization { method.signing != nil } else { false }
    if method.inheritsAuthorization, !isReplaced,
      document.authorization.writtenHeaders.contains(where: { $0.lowercased() == name })
    {
      return "the integration's authorisation writes"
    }
    if method.body != .none, bodyHeaders.contains(name) { return "says what the body is" }
    return nil
  }
}
