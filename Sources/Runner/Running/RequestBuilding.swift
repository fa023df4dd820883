import Destinations
import Encodings
import Labels
import MessageSignatures
import NamedKeys
import RunEngine
import Runbooks
import Storage

/// What a method's request needs beside the run's values: its credential and its sealed rows, as they are
/// stored now.
struct MethodMaterial: Sendable {
  /// The integration's credentials, by field; none where it has none, or the method does without.
  var credentials: [String: LabeledText] = [:]
  /// Where they come from, as of before they were read.
  var credentialsRead = CredentialsRead()
  /// The token of an authorisation server, where the integration is authorised with one.
  var token: TokenSource.Found?
  /// Sealed rows of the method, by kind and name.
  var sealedRows: [SealedPlace: SealedRow]
  /// Secrets named by rows, with their labels.
  var secrets: [SecretReference: LabeledText]
  /// What signs the request, where named keys do.
  var signers: [NamedSigning: KeySigner] = [:]
  /// Hosts to which an encrypted answer may be sent on.
  var ownHosts: HostClearance

  /// Everything secret that the integration's authorisation brings.
  var authorizing: [LabeledText] { Array(credentials.values) + [token?.access].compactMap { $0 } }
}

/// One way in which a named key signs.
struct NamedSigning: Hashable, Sendable {
  let key: KeyReference
  let algorithm: MessageSignatureAlgorithm
}

/// Builds a method's request from its document: everything is filled in but what is bound to the URL.
enum RequestBuilding {
  /// - Parameter template: the method's URL, as `urlTemplate` gives it; nil where it was not read before.
  static func build(
    method: Method, of integration: IntegrationDocument, scope: RunScope, material: MethodMaterial,
    idempotencyKey: String, rules: EgressRules, now: Instant, part: Part = .whole, template known: URLTemplate? = nil
  ) throws -> RenderedRequest {
    let template = try known ?? urlTemplate(method, of: integration, rules: rules)
    var values: [String: LabeledText] = [:]
    for name in Set(template.placeholders + queryPlaceholders(template)) {
      values[name] = try scope.value(try path(name))
    }
    let builder = RowBuilding(
      method: method, integration: integration, template: template, scope: scope, material: material)
    var room = ValueRoom(limit: scope.values.maximumBytes)
    var query = try builder.fields(method.query, kind: .query, in: &room)
    var headers = try builder.fields(method.headers, kind: .header, in: &room)
    if let header = method.idempotencyHeader {
      headers.append(RequestField(header, RenderedText(clear: idempotencyKey)))
    }
    if part == .whole, method.inheritsAuthorization, let field = try authorization(integration, material: material) {
      switch field.place {
      case .header: headers.append(field.field)
      case .query: query.append(field.field)
      }
    }
    let building = SigningBuilding(scope: scope, material: material, id: idempotencyKey, now: now)
    let signings = part == .content ? [] : try building.signings(method, of: integration)
    return try RenderedRequest(
      method: method.httpMethod.rawValue, template: template, values: values, query: query, headers: headers,
      body: try body(method, builder: builder, in: &room), scope: scope.valueScope(),
      signings: signings)
  }

  /// How much of a request is made.
  enum Part: Sendable {
    case whole
    /// Without what changes from one moment to the next: the integration's authorisation and the signature. It is what
    /// people approve.
    case content
  }

  /// The method's URL with its placeholders: what sealed rows are bound to. Where a row is encrypted each
  /// segment must be wholly literal or wholly one placeholder.
  static func urlTemplate(
    _ method: Method, of integration: IntegrationDocument, rules: EgressRules
  ) throws(URLFault) -> URLTemplate {
    try URLTemplate(
      base: integration.baseURL, resource: method.resource.source,
      segments: method.rows.contains { $0.row.encrypt } ? .whole : .mixed,
      allowingPlainHTTP: { rules.allowsPlainHTTP($0) })
  }

  /// What a sealed row is bound to, as its row shows it: the HTTP method and the URL's canonical text.
  static func binding(_ method: Method, of integration: IntegrationDocument, template: URLTemplate) -> String {
    "\(method.httpMethod.rawValue) \(template.displayText)\(integration.trustBinding)"
  }

  private static func path(_ text: String) throws -> VariablePath {
    do {
      return try VariablePath(parsing: text)
    } catch {
      throw FailureReason.unresolved(text)
    }
  }

  private static func queryPlaceholders(_ template: URLTemplate) -> [String] {
    template.queryPairs.flatMap { pair in
      pair.value.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }
  }

  private static func body(
    _ method: Method, builder: RowBuilding, in room: inout ValueRoom
  ) throws -> RequestBody {
    guard method.httpMethod.mayCarryBody else { return .none }
    let charset = method.sendsCharset ? "; charset=utf-8" : ""
    switch method.body {
    case .none: return .none
    case .json(let template):
      return .content(try TemplateFilling.json(template, in: builder.scope), type: "application/json\(charset)")
    case .xml(let template):
      return .content(
        try TemplateFilling.text(template, in: builder.scope, as: .xml), type: "application/xml\(charset)")
    case .text(let template):
      return .content(
        try TemplateFilling.text(template, in: builder.scope, as: .text), type: "text/plain\(charset)")
    case .file(let template, let type):
      return .content(try TemplateFilling.text(template, in: builder.scope, as: .text), type: type)
    case .form(let rows): return .form(try builder.fields(rows, kind: .form, in: &room))
    }
  }

  private enum CredentialPlace { case header, query }

  private static func authorization(
    _ integration: IntegrationDocument, material: MethodMaterial
  ) throws -> (place: CredentialPlace, field: RequestField)? {
    func credential(_ field: String) throws -> LabeledText {
      guard let value = material.credentials[field] else {
        throw FailureReason.unresolved("the credential of integration \(integration.id)")
      }
      return value
    }
    func field(_ name: String, _ pieces: [LabeledText], of secret: LabeledText) -> RequestField {
      RequestField(
        name,
        RenderedText(
          Transforms.concatenate(pieces),
          uses: [ValueUse(name: "the credential of \(integration.id)", label: secret.label)]))
    }
    switch integration.authorization {
    case .none, .signature, .clientCertificate: return nil
    case .unsupported(let kind):
      throw FailureReason.notGranted("authorisation of kind \(kind), which this release does not speak")
    case .bearer:
      let token = try credential("token")
      return (.header, field("Authorization", [LabeledText(clear: "Bearer "), token], of: token))
    case .basic(let username, _):
      let password = try credential("password")
      let encoded = Transforms.basicCredentials(user: LabeledText(clear: username), password: password)
      return (.header, field("Authorization", [LabeledText(clear: "Basic "), encoded], of: password))
    case .apiKeyHeader(let name, let prefix, _):
      let key = try credential("key")
      return (.header, field(name, [LabeledText(clear: prefix), key], of: key))
    case .apiKeyQuery(let name, _):
      let key = try credential("key")
      return (.query, field(name, [key], of: key))
    case .oauth2, .jwt:
      guard let place = integration.authorization.tokenPlace else { return nil }
      guard let token = material.token?.access else { throw FailureReason.authorization(.notAuthorized) }
      return (.header, field(place.header, [LabeledText(clear: place.prefix), token], of: token))
    }
  }
}

/// Turns rows into fields.
private struct RowBuilding {
  let method: Method
  let integration: IntegrationDocument
  let template: URLTemplate
  let scope: RunScope
  let material: MethodMaterial

  /// One field for each row. Throws `ValueFault.tooLarge` where there is no room for what they say.
  func fields(_ rows: [Row], kind: RowKind, in room: inout ValueRoom) throws -> [RequestField] {
    var fields: [RequestField] = []
    for row in rows { fields.append(try field(row, kind: kind, in: &room)) }
    return fields
  }

  private func field(_ row: Row, kind: RowKind, in room: inout ValueRoom) throws -> RequestField {
    switch row.value {
    case .template(let template) where !row.encrypt:
      let rendered = try TemplateFilling.text(template, in: scope, as: kind == .header ? .header : .text)
      try room.take(rendered.text)
      return RequestField(row.key, rendered)
    case .secret(let reference):
      guard let value = material.secrets[reference] else { throw FailureReason.notGranted(reference.text) }
      try room.take(value)
      return RequestField(row.key, RenderedText(value, uses: [ValueUse(name: reference.text, label: value.label)]))
    case .template, .sealed:
      return try bound(row, kind: kind)
    }
  }

  private func bound(_ row: Row, kind: RowKind) throws -> RequestField {
    let place = SealedPlace(owner: SealedOwner.method(method.id), kind: SealedPlace.Kind(kind), name: row.key)
    guard let stored = material.sealedRows[place] else {
      throw FailureReason.unresolved("the encrypted \(kind.rawValue) `\(row.key)`, which has not been entered")
    }
    guard let envelope = stored.value,
      stored.boundTo == RequestBuilding.binding(method, of: integration, template: template)
    else {
      throw FailureReason.urlChanged
    }
    return RequestField(
      BoundParameter(
        place: ParameterPlace(
          methodID: method.id, kind: ParameterKind(kind), name: row.key, httpMethod: method.httpMethod.rawValue,
          trust: integration.trustSettings, generation: stored.generation),
        envelope: envelope))
  }
}

/// How the owners of sealed rows are named in the store.
enum SealedOwner {
  static func method(_ id: String) -> String { "method:\(id)" }
  static func runbook(_ id: String) -> String { "runbook:\(id)" }
  static func integration(_ id: String) -> String { "integration:\(id)" }
  static func mail(_ id: String) -> String { "mail:\(id)" }
}

extension SealedPlace.Kind {
  init(_ kind: RowKind) {
    switch kind {
    case .query: self = .query
    case .header: self = .header
    case .form: self = .form
    }
  }
}

extension ParameterKind {
  init(_ kind: RowKind) {
    switch kind {
    case .query: self = .query
    case .header: self = .header
    case .form: self = .form
    }
  }
}
