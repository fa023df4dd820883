/// The places of a step where values go: into its request, or into what its condition decides.
extension FlowCheckPlan {
  func uses(of number: Int) -> [Use] {
    let step = steps[number]
    switch step.step.kind {
    case .condition(let condition): return Self.uses(of: condition, step)
    case .method: return Self.requestUses(step)
    case .sql(let sql):
      return sql.query.placeholders.map { placeholder in
        let shown = ShownName.of("<<\(placeholder.path.text)>>")
        let hop = FlowCheck.Hop(
          owner: .runbook, part: "steps.\(step.step.name).query",
          text: "\(shown) is a parameter of the statement of step \(step.shown)")
        return Use(sink: .body(step: step.step.name), hop: hop, paths: [placeholder.path])
      }
    case .key(let key): return Self.uses(of: key, step)
    // What they read is counted or handed on with its labels, and leaves nothing.
    case .iterate, .next, .sleep, .startRunbook, .end, .unsupported: return []
    }
  }

  private static func uses(of condition: ConditionGroups, _ step: PlannedStep) -> [Use] {
    // Met without looking at anything.
    guard !condition.isAlwaysMet else { return [] }
    let hop = FlowCheck.Hop(
      owner: .runbook, part: "steps.\(step.step.name).condition", text: "the condition \(step.shown) decides on it")
    return condition.groups.joined().enumerated().map { index, row in
      Use(
        sink: .condition(step: step.step.name, row: index), hop: hop,
        paths: row.left.paths + (row.right?.paths ?? []))
    }
  }

  /// Whether a signature is the key's, and whether a ciphertext opens, is decided on all that goes in.
  private static func uses(of key: KeyStep, _ step: PlannedStep) -> [Use] {
    switch key.work {
    case .sign, .encrypt: return []
    case .verify, .decrypt:
      let hop = FlowCheck.Hop(
        owner: .runbook, part: "steps.\(step.step.name).\(key.work.rawValue)",
        text: "step \(step.shown) decides on it")
      return [Use(sink: .condition(step: step.step.name, row: 0), hop: hop, paths: key.reads.map(\.path))]
    }
  }

  private static func requestUses(_ step: PlannedStep) -> [Use] {
    guard let method = step.method, let integration = step.integration else { return [] }
    let request = RequestPlaces(step: step, method: method, integration: integration)
    var uses = request.resource()
    for row in method.query { uses += request.row(row, .query, .urlQuery(step: step.step.name)) }
    for row in method.headers {
      uses += request.row(row, .header, .header(step: step.step.name, name: row.key))
    }
    uses += request.authorization() + request.signing()
    return method.httpMethod.mayCarryBody ? uses + request.body() : uses
  }
}

/// The places of one request.
private struct RequestPlaces {
  let step: FlowCheckPlan.PlannedStep
  let method: Method
  let integration: IntegrationDocument

  private var name: String { step.step.name }

  private func hop(_ part: String, _ text: String) -> FlowCheck.Hop {
    FlowCheck.Hop(owner: .integration(integration.id), part: "methods.\(method.name).\(part)", text: text)
  }

  private func use(_ placeholder: Placeholder, _ sink: FlowCheck.Sink, _ part: String, _ place: String)
    -> FlowCheckPlan.Use
  {
    let text = "\(ShownName.of("<<\(placeholder.path.text)>>")) stands in \(place) of step \(step.shown)"
    return FlowCheckPlan.Use(sink: sink, hop: hop(part, text), paths: [placeholder.path])
  }

  /// The path, and the query that the document wrote into it.
  func resource() -> [FlowCheckPlan.Use] {
    var uses: [FlowCheckPlan.Use] = []
    var isQuery = false
    for segment in method.resource.segments {
      switch segment {
      case .literal(let text): isQuery = isQuery || text.utf8.contains(UInt8(ascii: "?"))
      case .placeholder(let placeholder):
        uses.append(
          isQuery
            ? use(placeholder, .urlQuery(step: name), "request", "the query of the URL")
            : use(placeholder, .urlPath(step: name), "request", "the path of the URL"))
      }
    }
    return uses
  }

  func row(_ row: Row, _ kind: RowKind, _ sink: FlowCheck.Sink) -> [FlowCheckPlan.Use] {
    let part = "\(kind.documentKey).\(row.key)"
    let place = "the \(kind == .form ? "form field" : kind.rawValue) \(ShownName.of(row.key))"
    let here = hop(part, "\(place) of step \(step.shown) is sent")
    switch row.value {
    case .template(let template):
      return template.placeholders.map { use($0, sink, part, place) }
    case .secret(let reference):
      let text = "\(place) holds the secret \(ShownName.of(reference.text))"
      return [FlowCheckPlan.Use(sink: sink, hop: here, own: (.secret(reference), hop(part, text)))]
    case .sealed:
      let source = FlowCheck.Source.parameter(
        method: "\(integration.id)/\(method.name)", kind: kind, name: row.key)
      return [FlowCheckPlan.Use(sink: sink, hop: here, own: (source, hop(part, "\(place) is encrypted")))]
    }
  }

  func authorization() -> [FlowCheckPlan.Use] {
    guard method.inheritsAuthorization else { return [] }
    let written = integration.authorization.written
    let sink: FlowCheck.Sink
    if let header = written.header {
      sink = .header(step: name, name: header)
    } else if written.query != nil {
      sink = .urlQuery(step: name)
    } else {
      return []
    }
    let owner = FlowCheck.Hop.Owner.integration(integration.id)
    let from = FlowCheck.Hop(
      owner: owner, part: "auth", text: "the integration \(ShownName.of(integration.id)) has a credential")
    let here = FlowCheck.Hop(owner: owner, part: "auth", text: "step \(step.shown) is authorised with it")
    var uses = integration.authorization.credentials.map { credential in
      let source: FlowCheck.Source =
        switch credential.source {
        case .entered, .named: .credential(integration: integration.id, field: credential.field)
        case .secret(let reference): .secret(reference)
        }
      return FlowCheckPlan.Use(sink: sink, hop: here, own: (source, from))
    }
    if case .signature(let signing) = integration.authorization, method.signing == nil {
      uses += self.signing(signing)
    }
    if case .jwt(let settings) = integration.authorization, settings.exchange == nil, let claims = settings.allClaims {
      uses += claims.placeholders.map { use($0, sink, "auth.claims", "the claims of the token") }
    }
    return uses
  }

  /// The key is used and not sent; what is made with it goes where the request goes.
  func signing() -> [FlowCheckPlan.Use] { method.signing.map(signing) ?? [] }

  private func signing(_ signing: MethodSigning) -> [FlowCheckPlan.Use] {
    let sink = FlowCheck.Sink.header(step: name, name: signing.header)
    let here = hop("signing", "the request of step \(step.shown) is signed")
    var uses = signing.secretReferences.map { reference in
      FlowCheckPlan.Use(
        sink: sink, hop: here,
        own: (.secret(reference), hop("signing", "the signature is made with \(ShownName.of(reference.text))")))
    }
    if case .token(let token) = signing.form {
      uses += token.claims.placeholders.map { use($0, sink, "signing.claims", "the claims of the token") }
    }
    return uses
  }

  func body() -> [FlowCheckPlan.Use] {
    let sink = FlowCheck.Sink.body(step: name)
    switch method.body {
    case .none: return []
    case .json(let template): return template.placeholders.map { use($0, sink, "body.json", "the body") }
    case .xml(let template): return template.placeholders.map { use($0, sink, "body.xml", "the body") }
    case .text(let template): return template.placeholders.map { use($0, sink, "body.text", "the body") }
    case .file(let template, _): return template.placeholders.map { use($0, sink, "body.file", "the body") }
    case .form(let rows): return rows.flatMap { row($0, .form, sink) }
    }
  }
}
