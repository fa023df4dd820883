import SourceText

/// Reads one method of a native integration.
enum MethodReader {
  /// A method with faults is returned as far as it could be read, so that steps that name it find it.
  static func read(
    _ node: SourceNode, name: String, integration: String, _ context: inout ReadingContext
  ) -> Method? {
    let part = "methods.\(name)"
    guard let object = ObjectReader(node, as: .method, part: part, &context) else { return nil }
    let request = request(in: object, &context)
    func rows(_ key: String, _ kind: RowKind) -> [Row] {
      RowReader(kind: kind, integration: integration, method: name).read(key, in: object, &context)
    }
    let query = rows("query", .query)
    let headers = rows("headers", .header)
    return Method(
      id: object.text("id", &context) ?? "\(integration)/\(name)", name: name, title: object.text("title", &context),
      httpMethod: request?.method ?? .get, resource: request?.resource ?? Template(literal: ""), query: query,
      headers: headers, body: body(in: object, integration: integration, method: name, &context),
      sendsCharset: object.bool("content_type_charset", &context) ?? false,
      inheritsAuthorization: inheritsAuthorization(object, &context), signing: SigningReader.read(object, &context),
      outputs: BindingReader.read("outputs", in: object, &context),
      responseKind: object.choice("response", ResponseKind.self, &context) ?? .json,
      encryptResponse: object.bool("encrypt_response", &context) ?? false,
      timeout: object.duration("timeout", &context), retry: RetryReader.read(object, &context),
      idempotencyHeader: idempotencyHeader(in: object, &context),
      onInterrupt: object.choice("on_interrupt", InterruptPolicy.self, &context) ?? .fail,
      allowsRedirects: object.bool("redirects", &context) ?? false,
      maximumResponseBytes: object.integer("max_response_bytes", &context),
      retentionDays: object.integer("retention_days", &context),
      inactiveReasons: object.texts("inactive_reasons", &context), vendor: VendorReader.extras(of: object, &context))
  }

  private static func request(
    in object: ObjectReader, _ context: inout ReadingContext
  ) -> (method: HTTPMethod, resource: Template)? {
    guard let text = object.text("request", &context), let node = object.value("request") else { return nil }
    // By bytes: a path that begins with a combining mark would merge with the space into one character.
    let word = text.utf8.prefix { $0 != UInt8(ascii: " ") }
    guard let method = HTTPMethod(rawValue: String(decoding: word, as: UTF8.self)) else {
      context.error(
        .badValue, at: node.place,
        "`request` must begin with \(HTTPMethod.allCases.map(\.rawValue).joined(separator: ", "))",
        remedy: "write it as METHOD /path")
      return nil
    }
    let path = String(decoding: text.utf8.dropFirst(word.count + 1), as: UTF8.self)
    let pathNode = SourceNode(.scalar(text: path, style: .plain, jsonKind: .string), place: node.place)
    guard let resource = TextReader.template(pathNode, what: "the path of `request`", &context) else { return nil }
    return (method, resource)
  }

  private static func body(
    in object: ObjectReader, integration: String, method: String, _ context: inout ReadingContext
  ) -> MethodBody {
    guard let node = object.value("body") else { return .none }
    if node.string == "none" { return .none }
    guard let reader = ObjectReader(node, as: .body, part: object.path("body"), &context) else { return .none }
    let given = NativeObject.body.keys.map(\.name).filter { $0 != "type" && reader.has($0) }
    guard given.count == 1, let kind = given.first, let value = reader.value(kind) else {
      context.error(.conflictingKeys, at: node.place, "`body` must have exactly one of json, xml, form, text, file")
      return .none
    }
    if kind != "file" { reader.refuse(["type"], because: "only `file` has it", &context) }
    switch kind {
    case "file": return file(value, reader, &context)
    case "json": return TextReader.json(value, what: "the JSON body", &context).map { .json($0) } ?? .none
    case "xml": return TextReader.xml(value, what: "the XML body", &context).map { .xml($0) } ?? .none
    case "text": return TextReader.template(value, what: "the body", &context).map { .text($0) } ?? .none
    default:
      return .form(RowReader(kind: .form, integration: integration, method: method).read("form", in: reader, &context))
    }
  }

  /// The name of a media type as RFC 9110 §8.3.1 writes it, without parameters.
  private static func file(
    _ node: SourceNode, _ reader: ObjectReader, _ context: inout ReadingContext
  ) -> MethodBody {
    let type = reader.text("type", &context) ?? MediaType.unknown
    if !MediaType.isName(type) {
      context.error(
        .badValue, at: reader.value("type")?.place ?? node.place, "`type` must be a media type such as application/pdf")
    }
    guard let template = TextReader.template(node, what: "`file`", &context) else { return .none }
    guard template.segments.count == 1, template.placeholders.count == 1 else {
      context.error(.badBody, at: node.place, "`file` must be one placeholder, such as <<document>>")
      return .none
    }
    return .file(template, type: type)
  }

  private enum AuthorizationChoice: String, CaseIterable { case inherit, none }

  private static func inheritsAuthorization(_ object: ObjectReader, _ context: inout ReadingContext) -> Bool {
    (object.choice("auth", AuthorizationChoice.self, &context) ?? .inherit) == .inherit
  }

  private static func idempotencyHeader(in object: ObjectReader, _ context: inout ReadingContext) -> String? {
    guard let text = object.text("idempotency", &context), let node = object.value("idempotency") else { return nil }
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0] == "header" else {
      context.error(.badValue, at: node.place, "`idempotency` must be `header NAME`")
      return nil
    }
    NameRules.checkHeader(String(parts[1]), at: node.place, &context)
    return String(parts[1])
  }
}
