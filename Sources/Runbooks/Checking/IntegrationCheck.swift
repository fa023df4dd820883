import Destinations

/// What can be wrong with an integration beyond its syntax.
enum IntegrationCheck {
  typealias Report = (DocumentCheck.Finding) -> Void

  static func check(_ document: IntegrationDocument, report: Report) {
    let isBaseSound = checkBase(document, report)
    checkTokenURLs(document, report)
    checkTrust(document, report)
    var names: Set<String> = []
    var ids: Set<String> = []
    for method in document.methods {
      let part = "methods.\(method.name)"
      if !names.insert(method.name).inserted {
        report(.error(.duplicateName, part, "two methods have the name \(ShownName.of(method.name))"))
      }
      if !ids.insert(method.id.lowercased()).inserted {
        report(.error(.duplicateName, "\(part).id", "two methods have the id \(ShownName.of(method.id))"))
      }
      if method.inheritsAuthorization, method.inactiveReasons.isEmpty, case .unsupported = document.authorization {
        report(
          .error(
            .unsupportedAuthorization, part,
            "the method \(ShownName.of(method.name)) uses an authorisation that this release does not speak"))
      }
      if isBaseSound { checkURL(of: method, in: document, part, report) }
      check(method, in: document, part, report)
    }
  }

  private static func checkBase(_ document: IntegrationDocument, _ report: Report) -> Bool {
    do throws(URLFault) {
      _ = try template(document, resource: "", hasSealed: false)
      return true
    } catch {
      report(.error(.badURL, "base_url", "`base_url`: \(error.message)"))
      return false
    }
  }

  private static func checkTokenURLs(_ document: IntegrationDocument, _ report: Report) {
    var urls = [("token_url", document.authorization.tokenURL)]
    if case .oauth2(let settings) = document.authorization {
      urls += [("authorization_url", settings.authorizationURL), ("redirect_uri", settings.redirectURI)]
    }
    for (key, text) in urls {
      guard let text, !text.isEmpty else { continue }
      do throws(URLFault) {
        guard key == "token_url" else {
          // A person's browser goes there, not this service; an app's own scheme may stand in a redirect URI.
          if key == "authorization_url" { _ = try CanonicalURL(text, allowingPlainHTTP: { _ in true }) }
          continue
        }
        let template = try TokenURL.template(text, allowingPlainHTTP: { _ in true })
        guard template.placeholders.isEmpty else { throw .brokenPlaceholder }
      } catch {
        report(.error(.badURL, "auth.\(key)", "`\(key)`: \(error.message)"))
      }
    }
  }

  private static func checkTrust(_ document: IntegrationDocument, _ report: Report) {
    guard !document.trust.isEmpty, !document.trust.contains("-----BEGIN CERTIFICATE-----") else { return }
    report(.error(.badValue, "trust", "`trust` holds certificates in PEM form"))
  }

  /// Which hosts may be called in plain HTTP is the configuration's business, not the document's.
  static func template(
    _ document: IntegrationDocument, resource: String, hasSealed: Bool
  ) throws(URLFault) -> URLTemplate {
    try URLTemplate(
      base: document.baseURL, resource: resource, segments: hasSealed ? .whole : .mixed,
      allowingPlainHTTP: { _ in true })
  }

  private static func checkURL(
    of method: Method, in document: IntegrationDocument, _ part: String, _ report: Report
  ) {
    let hasSealed = method.rows.contains { $0.row.encrypt }
    do throws(URLFault) {
      let url = try template(document, resource: method.resource.source, hasSealed: hasSealed)
      for row in method.query where row.encrypt && url.hasQueryName(Array(row.key.utf8)) {
        report(
          .error(
            .encryptedNameInURL, "\(part).query.\(row.key)",
            "the encrypted parameter \(ShownName.of(row.key)) also stands in the URL of the request"))
      }
    } catch {
      report(.error(.badURL, "\(part).request", "the URL of \(ShownName.of(method.name)): \(error.message)"))
    }
  }

  private static func check(_ method: Method, in document: IntegrationDocument, _ part: String, _ report: Report) {
    if method.body != .none, !method.httpMethod.mayCarryBody {
      report(.error(.badBody, "\(part).body", "a \(method.httpMethod.rawValue) request has no body"))
    }
    checkSealedRows(of: method, part, report)
    checkRoots(of: method, part, report)
    for output in method.outputs {
      for path in output.value.paths {
        guard case .variable = path.rootKind else { continue }
        report(
          .error(
            .badOutput, "\(part).outputs.\(output.name)",
            "the output \(ShownName.of(output.name)) begins with \(ShownName.of(path.root)), "
              + "which is no root of an answer",
            remedy: "begin it with response, response_headers or status; other variables can be set by the step"))
      }
    }
    if let retry = method.retry, isUnsafe(retry, of: method) {
      report(
        .warning(
          .unsafeRepetition, "\(part).retry",
          "a \(method.httpMethod.rawValue) that had no answer may have been carried out, and is repeated",
          remedy: "declare idempotency: header NAME where the other side knows one"))
    }
    if let retry = method.retry { checkCauses(of: retry, "\(part).retry", report) }
    if let most = method.maximumResponseBytes, most > Method.mostResponseBytes {
      report(
        .error(
          .badValue, "\(part).max_response_bytes",
          "`max_response_bytes` is at most \(Method.mostResponseBytes) (32 MiB): no answer may have more"))
    }
    checkAuthorization(of: method, in: document, part, report)
    for finding in SigningCheck(method: method, document: document).findings(at: part) { report(finding) }
  }

  /// Whether a repetition may do again what was done.
  static func isUnsafe(_ retry: RetrySettings, of method: Method) -> Bool {
    retry.attempts > 1 && !method.isRepeatable
      && (retry.retryOn.contains(.timeout) || retry.retryOn.contains(.disconnected))
  }

  /// An attempt that had such an answer has succeeded, and is not repeated.
  static func checkCauses(of retry: RetrySettings, _ part: String, _ report: Report) {
    for cause in retry.retryOn where cause.isOfSuccess {
      report(
        .warning(
          .badValue, part, "`retry_on` names \(cause.text), which is the answer of no failed attempt: it does nothing",
          remedy: "name statuses from 300 on"))
    }
  }

  private static func checkSealedRows(of method: Method, _ part: String, _ report: Report) {
    var seen: Set<SealedSlot> = []
    for (kind, row) in method.rows where row.encrypt {
      let name = kind == .header ? row.key.lowercased() : row.key
      let slot = SealedSlot.row(integration: "", method: "", kind: kind, name: name)
      guard !seen.insert(slot).inserted else { continue }
      report(
        .error(
          .ambiguousSealedRow, "\(part).\(kind.documentKey)",
          "two encrypted \(kind.rawValue) rows have the name \(ShownName.of(row.key))"))
    }
  }

  /// A request is made before there is an answer.
  private static func checkRoots(of method: Method, _ part: String, _ report: Report) {
    for (place, placeholder) in method.placeholders where placeholder.path.rootKind.isOfAnswer {
      report(
        .error(
          .unknownName, "\(part).\(place)",
          "\(ShownName.of(placeholder.path.root)) is known only to outputs, not to a request",
          remedy: "set a variable from it in the outputs of an earlier step"))
    }
  }

  private static let credentialHeaders: Set<String> = [
    "authorization", "x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token",
  ]

  private static func checkAuthorization(
    of method: Method, in document: IntegrationDocument, _ part: String, _ report: Report
  ) {
    let row = method.headers.first { credentialHeaders.contains($0.key.lowercased()) }
    if let row, document.authorization == .none {
      report(
        .warning(
          .adviseAuthorization, "\(part).headers.\(row.key)",
          "\(ShownName.of(row.key)) is written by hand; "
            + "`auth:` of the integration would keep the credential out of methods"
        ))
    } else if row == nil, let output = method.outputs.first(where: { $0.name.lowercased().contains("token") }) {
      report(
        .warning(
          .adviseAuthorization, "\(part).outputs.\(output.name)",
          "\(ShownName.of(output.name)) looks like a token fetched by hand; "
            + "`auth:` of an integration is safer where it fits"
        ))
    }
    guard method.inheritsAuthorization else { return }
    if case .signature = document.authorization, method.signing != nil { return }
    let written = Set(document.authorization.writtenHeaders.map { $0.lowercased() })
    let header = method.headers.first { written.contains($0.key.lowercased()) }
    let query = method.query.first { $0.key == document.authorization.written.query }
    guard let twice = header ?? query else { return }
    report(
      .error(
        .authorizationTwice, "\(part).\(header == nil ? "query" : "headers").\(twice.key)",
        "\(ShownName.of(twice.key)) is written by the integration's authorisation already",
        remedy: "remove the row, or set auth: none on the method"))
  }
}

extension RowKind {
  /// The key of a method that holds rows of this kind.
  var documentKey: String {
    switch self {
    case .query: "query"
    case .header: "headers"
    case .form: "body.form"
    }
  }
}

extension Method {
  /// Every placeholder of the request that is in the document, with the part it stands in.
  package var placeholders: [(part: String, placeholder: Placeholder)] {
    var found = resource.placeholders.map { (part: "request", placeholder: $0) }
    for (kind, row) in rows {
      guard case .template(let template) = row.value else { continue }
      found += template.placeholders.map { ("\(kind.documentKey).\(row.key)", $0) }
    }
    switch body {
    case .none, .form: break
    case .json(let template): found += template.placeholders.map { ("body.json", $0) }
    case .xml(let template): found += template.placeholders.map { ("body.xml", $0) }
    case .text(let template): found += template.placeholders.map { ("body.text", $0) }
    case .file(let template, _): found += template.placeholders.map { ("body.file", $0) }
    }
    return found
  }
}
