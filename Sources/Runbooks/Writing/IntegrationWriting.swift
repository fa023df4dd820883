/// Writes integrations and methods.
enum IntegrationWriting {
  static func write(_ document: IntegrationDocument, to writer: inout ObjectWriter) {
    writer.object { writer in
      writer.text("integration", document.id)
      writer.text("name", document.name, unless: document.id)
      writer.text("notes", document.notes, unless: "")
      writer.text("base_url", document.baseURL)
      AuthorizationWriting.write(document.authorization, to: &writer)
      AuthorizationWriting.write(beside: document.clientCertificate, to: &writer)
      writer.text("trust", document.trust, unless: "")
      if !document.methods.isEmpty {
        writer.object("methods") { writer in
          for method in document.methods {
            writer.object(method.name) { write(method, of: document.id, to: &$0) }
          }
        }
      }
      writer.vendor(document.vendor)
    }
  }

  static func credential(_ key: String, _ source: CredentialSource, to writer: inout ObjectWriter) {
    writer.object(key) { writer in
      switch source {
      case .entered: writer.bool("sealed", true, unless: false)
      case .secret(let reference): writer.text("secret", reference.text)
      case .named(let reference): SigningWriting.write(reference, to: &writer)
      }
    }
  }

  static func write(_ method: Method, of integration: String, to writer: inout ObjectWriter) {
    writer.text("id", method.id, unless: "\(integration)/\(method.name)")
    writer.text("title", method.title, unless: method.name)
    writer.text("request", "\(method.httpMethod.rawValue) \(method.resource.source)")
    rows("query", method.query, to: &writer)
    rows("headers", method.headers, to: &writer)
    body(method.body, to: &writer)
    writer.bool("content_type_charset", method.sendsCharset, unless: false)
    if !method.inheritsAuthorization { writer.text("auth", "none") }
    if let signing = method.signing { SigningWriting.write(signing, to: &writer) }
    bindings("outputs", method.outputs, to: &writer)
    writer.text("response", method.responseKind.rawValue, unless: ResponseKind.json.rawValue)
    writer.bool("encrypt_response", method.encryptResponse, unless: false)
    writer.duration("timeout", method.timeout)
    retry(method.retry, to: &writer)
    writer.text("idempotency", method.idempotencyHeader.map { "header \($0)" })
    writer.text("on_interrupt", method.onInterrupt.rawValue, unless: InterruptPolicy.fail.rawValue)
    writer.bool("redirects", method.allowsRedirects, unless: false)
    writer.integer("max_response_bytes", method.maximumResponseBytes)
    writer.integer("retention_days", method.retentionDays)
    writer.texts("inactive_reasons", method.inactiveReasons)
    writer.vendor(method.vendor)
  }

  private static func body(_ body: MethodBody, to writer: inout ObjectWriter) {
    switch body {
    case .none: return
    case .json(let template): writer.object("body") { $0.text("json", template.source) }
    case .xml(let template): writer.object("body") { $0.text("xml", template.source) }
    case .text(let template): writer.object("body") { $0.text("text", template.source) }
    case .file(let template, let type):
      writer.object("body") { writer in
        writer.text("file", template.source)
        writer.text("type", type, unless: MediaType.unknown)
      }
    case .form(let fields):
      writer.object("body") { writer in
        if fields.isEmpty { writer.object("form") { _ in } } else { rows("form", fields, to: &writer) }
      }
    }
  }

  /// A mapping when the names are unique, else a list.
  private static func rows(_ key: String, _ rows: [Row], to writer: inout ObjectWriter) {
    guard !rows.isEmpty else { return }
    let names = Set(rows.map { Array($0.key.utf8) })
    guard names.count == rows.count else {
      writer.array(key, rows) { row, writer in
        writer.object { writer in
          writer.text("name", row.key)
          fields(of: row, to: &writer)
        }
      }
      return
    }
    writer.object(key) { writer in
      for row in rows {
        if case .template(let template) = row.value, row.vendor.isEmpty {
          writer.text(row.key, template.source)
        } else {
          writer.object(row.key) { fields(of: row, to: &$0) }
        }
      }
    }
  }

  private static func fields(of row: Row, to writer: inout ObjectWriter) {
    switch row.value {
    case .template(let template): writer.text("value", template.source)
    case .secret(let reference): writer.text("secret", reference.text)
    case .sealed: writer.bool("sealed", true, unless: false)
    }
    writer.vendor(row.vendor)
  }

  /// When and how often a failed attempt is repeated, of a method or a step.
  static func retry(_ retry: RetrySettings?, to writer: inout ObjectWriter) {
    guard let retry else { return }
    writer.object("retry") { writer in
      writer.integer("attempts", retry.attempts)
      writer.duration("backoff", retry.backoff)
      writer.array("retry_on", retry.retryOn) { cause, writer in writer.string(cause.text) }
    }
  }

  static func bindings(_ key: String, _ bindings: [VariableBinding], to writer: inout ObjectWriter) {
    guard !bindings.isEmpty else { return }
    writer.object(key) { writer in
      for binding in bindings {
        if binding.isPlain {
          writer.text(binding.name, binding.value.text)
          continue
        }
        writer.object(binding.name) { writer in
          if case .object(let fields) = binding.value {
            Self.bindings("object", fields, to: &writer)
          } else {
            writer.text("from", binding.value.text)
          }
          writer.bool("append", binding.appends, unless: false)
          if let value = binding.defaultValue { writer.raw("default", value) }
          writer.text("type", binding.type?.rawValue)
          valueMappings(binding.valueMappings, to: &writer)
          writer.vendor(binding.vendor)
        }
      }
    }
  }

  /// A list, because the order counts and an input may occur twice.
  static func valueMappings(_ mappings: [ValueMapping], to writer: inout ObjectWriter) {
    guard !mappings.isEmpty else { return }
    writer.array("value_mappings", mappings) { mapping, writer in
      writer.object { writer in
        writer.text("input", mapping.input)
        writer.text("output", mapping.output)
      }
    }
  }
}
