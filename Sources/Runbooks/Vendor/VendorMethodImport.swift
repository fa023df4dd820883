import Encodings
import SourceText

/// Imports one method of a vendor integration (`OutboundIntegrationMethod`).
enum VendorMethodImport {
  private static let quiet: Set<String> = [
    "id", "integration_id", "sequence", "note", "log_retention_policy_days", "method", "requesttype",
    "authorizationtype", "remove_charset_header", "requestbody", "path", "resource", "encrypt_response_body",
  ]

  static func read(
    _ node: SourceNode, number: Int, integration: String, base: String, taken: Set<String>, authorizationType: Int64?,
    _ context: inout ReadingContext
  ) -> Method? {
    guard var object = VendorObject(node, what: "method \(number)", &context) else { return nil }
    let obstacles = context.obstacles.count
    let title = object.text("name", &context) ?? "method \(number)"
    let slug = VendorName.slug(title) ?? "method-\(number)"
    let name = VendorName.unused(slug, number: Int64(number), taken: taken)
    let part = "methods.\(name)"
    context.places.note(part, at: node.place)
    context.places.note("\(part).request", at: object.place("resource"))
    let id = object.text("guid", &context) ?? "\(integration)/\(name)"
    var method = Method(
      id: id, name: name, title: title, httpMethod: .get,
      resource: resource(&object, base: base, name: name, &context) ?? Template(literal: ""))
    object.use("guid", "name")
    readHTTPMethod(&object, into: &method, &context)
    readAuthorization(&object, integrationType: authorizationType, into: &method, &context)
    let query = VendorRows.parameterRows("uri_params", .query, of: &object, &context)
    let headers = VendorRows.parameterRows("headers", .header, of: &object, &context)
    let form = VendorRows.parameterRows("body_mappings", .form, of: &object, &context)
    var names = VendorRows.Names()
    let outputs = VendorRows.outputs("output_variables", of: &object, &names, &context)
    func rows(_ rows: [VendorObject], _ kind: RowKind) -> [Row] {
      VendorRows.parameters(
        rows, kind: kind, integration: integration, method: name, part: "\(part).\(kind.documentKey)", &context)
    }
    method.query = rows(query.rows, .query)
    method.headers = rows(headers.rows, .header)
    readBody(&object, form: rows(form.rows, .form), into: &method, &context)
    method.outputs = VendorRows.bindings(outputs.rows, part: "\(part).outputs", &context)
    let sealsOutputs = VendorRows.hasEncrypted(outputs.rows, &context)
    method.encryptResponse = object.bool("encrypt_response_body", &context, unreadable: true) == true || sealsOutputs
    method.sendsCharset = !(object.bool("remove_charset_header", &context) ?? false)
    if object.bool("response_is_file", &context) == true {
      method.responseKind = .file
      object.useFlag("response_is_file")
    } else {
      object.settle("response_is_file")
    }
    object.useFlag("remove_charset_header")
    readRetention(&object, into: &method, &context)
    object.dropTestData(&context)
    // 0 and 1 are what every answer is read as: JSON, where it is JSON.
    let isUsual = object.node["responsetype"].map { $0.isNone || [0, 1].contains($0.whole) } ?? true
    object.warnAboutKept(quiet: isUsual ? quiet.union(["responsetype"]) : quiet, &context)
    var fields = form.blank
    if case .form = method.body {
    } else if !form.rows.isEmpty, let table = node["body_mappings"] {
      // Fields of a form that is not sent now: the client keeps them for whoever goes back to a form.
      fields = [VendorObject.kept("body_mappings", table, &context)]
    }
    method.vendor = VendorExtras(
      object.extras(&context).entries + query.blank + headers.blank + fields + outputs.blank)
    for reason in method.inactiveReasons {
      context.warn(.unsupportedStep, at: node.place, "the method \(ShownName.of(name)) does not run: \(reason)")
    }
    // Those have been named.
    method.inactiveReasons += context.takeObstacles(after: obstacles)
    return method
  }

  /// Base URL, `resource` and `path`, one behind the other. A `resource` that repeats the base URL adds nothing.
  static func resource(
    _ object: inout VendorObject, base: String, name: String, _ context: inout ReadingContext
  ) -> Template? {
    var resource = object.text("resource", &context) ?? ""
    let path = object.text("path", &context) ?? ""
    let repeatsBase = !base.isEmpty && resource.utf8.starts(with: base.utf8)
    if repeatsBase { resource = String(decoding: resource.utf8.dropFirst(base.utf8.count), as: UTF8.self) }
    let isBoth = !resource.isEmpty && !path.isEmpty
    if isBoth {
      context.warn(
        .readAs, at: object.place("path"),
        "the method \(ShownName.of(name)) has `resource` and `path`: they are read as one behind the other")
    }
    let needsSlash = isBoth && !resource.hasSuffix("/") && !path.hasPrefix("/") && !path.hasPrefix("?")
    let text = resource + (needsSlash ? "/" : "") + path
    let node = SourceNode(.scalar(text: text, style: .quoted, jsonKind: .string), place: object.place("resource"))
    let template = TextReader.template(node, what: "the URL of \(ShownName.of(name))", &context)
    // The join is kept in the native form; what it was made of only where an export would write it otherwise.
    if !isBoth, !repeatsBase, path.isEmpty {
      object.use("resource", "path")
    }
    return template
  }

  static let httpMethods: [Int64: HTTPMethod] = [0: .get, 1: .post, 2: .put, 3: .delete, 4: .patch]

  static func readHTTPMethod(
    _ object: inout VendorObject, into method: inout Method, _ context: inout ReadingContext
  ) {
    let number = object.integer("method", &context) ?? 0
    if object.isNoNumber("method") {
      method.inactiveReasons.append("`method` is no whole number")
    } else if let known = httpMethods[number] {
      method.httpMethod = known
      object.useNumber("method")
    } else {
      method.inactiveReasons.append("`method` \(number) is not known")
    }
  }

  /// Nothing and 0 mean the runbook's.
  private static func readRetention(
    _ object: inout VendorObject, into method: inout Method, _ context: inout ReadingContext
  ) {
    guard let days = object.integer("log_retention_policy_days", &context), days != 0 else { return }
    guard (1...3_650).contains(days) else {
      return context.warn(
        .badValue, at: object.place("log_retention_policy_days"),
        "`log_retention_policy_days` \(days) of \(object.what) is kept and not honoured: its calls go with their runs")
    }
    method.retentionDays = Int(days)
    object.useNumber("log_retention_policy_days")
  }

  /// -1 inherits, 0 is none, the integration's own number means the same as -1.
  static func readAuthorization(
    _ object: inout VendorObject, integrationType: Int64?, into method: inout Method, _ context: inout ReadingContext
  ) {
    guard let number = object.integer("authorizationtype", &context) else {
      if object.isNoNumber("authorizationtype") {
        method.inactiveReasons.append("`authorizationtype` is no whole number")
      }
      return
    }
    switch number {
    case -1: object.useNumber("authorizationtype")
    case 0:
      method.inheritsAuthorization = false
      object.useNumber("authorizationtype")
    case integrationType: break
    default: method.inactiveReasons.append("`authorizationtype` \(number) of its own arrives with a later release")
    }
  }

  static let missingKind = "`requesttype` is missing"
  /// What the reason begins with.
  static let badBody = "`requestbody` cannot become a well-formed body"

  static func readBody(
    _ object: inout VendorObject, form: [Row], into method: inout Method, _ context: inout ReadingContext
  ) {
    let text = object.text("requestbody", &context)
    if object.isNoNumber("requesttype") {
      _ = object.integer("requesttype", &context)
      method.inactiveReasons.append("`requesttype` is no whole number")
      return
    }
    let number = object.integer("requesttype", &context) ?? (text == nil && form.isEmpty ? 0 : -1)
    let body: MethodBody
    do throws(TemplateFault) {
      switch number {
      case 0: body = .none
      case 1: body = if let text { .json(try JSONTemplate(parsing: text)) } else { .none }
      case 2: body = if let text { .xml(try xml(text)) } else { .none }
      case 3: body = .form(form)
      case 4: body = if let text { .text(try Template(parsing: text)) } else { .none }
      default:
        method.inactiveReasons.append(number == -1 ? missingKind : "`requesttype` \(number) is not known")
        return
      }
    } catch {
      let position = TextPosition(offset: error.offset, in: Array((text ?? "").utf8))
      method.inactiveReasons.append(
        "\(badBody), at line \(position.line), column \(position.column): \(error.message)")
      return
    }
    guard method.httpMethod.mayCarryBody || body == .none else {
      context.warn(
        .bodyNotSent, at: object.place("requestbody"),
        "the body of \(ShownName.of(method.name)) is kept and not sent: "
          + "a \(method.httpMethod.rawValue) request has none"
      )
      return
    }
    method.body = body
    object.useNumber("requesttype")
    if body != .none, number != 3 { object.use("requestbody") }
  }

  private static func xml(_ text: String) throws(TemplateFault) -> Template {
    let template = try Template(parsing: text)
    if let fault = XMLTemplatePositions.fault(in: template) { throw fault }
    return template
  }
}
