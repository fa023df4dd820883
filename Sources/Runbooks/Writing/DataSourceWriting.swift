enum SQLStepWriting {
  static func write(_ step: SQLStep, to writer: inout ObjectWriter) {
    writer.text("sql", step.source)
    writer.text("query", step.query.source)
    IntegrationWriting.bindings("outputs", step.outputs, to: &writer)
    writer.bool("encrypt_response", step.encryptResponse, unless: false)
    writer.duration("timeout", step.timeout)
    if step.retriesWhenInterrupted { writer.text("on_interrupt", "retry") }
    RunbookWriting.write(step.approval, to: &writer)
    IntegrationWriting.retry(step.retry, to: &writer)
  }
}

extension DocumentWriter {
  /// The data source as one JSON text without white space.
  package static func json(_ document: DataSourceDocument) -> [UInt8] {
    var writer = ObjectWriter()
    writer.object { writer in
      writer.text("data_source", document.id)
      writer.text("notes", document.notes, unless: "")
      switch document.place {
      case .sqlite(let file): writer.text("sqlite", file)
      case .postgres(let place): writer.object("postgres") { write(place, to: &$0) }
      }
      writer.text("access", document.access.rawValue, unless: DataSourceDocument.Access.readOnly.rawValue)
      if document.timeout != DataSourceDocument.Limits.standardTimeout { writer.duration("timeout", document.timeout) }
      writer.integer("max_rows", document.maximumRows, unless: DataSourceDocument.Limits.standardRows)
      writer.integer("max_bytes", document.maximumBytes, unless: DataSourceDocument.Limits.standardBytes)
    }
    return writer.finish()
  }

  private static func write(_ place: PostgresPlace, to writer: inout ObjectWriter) {
    writer.text("host", place.host)
    writer.integer("port", place.port, unless: PostgresPlace.standardPort)
    writer.text("database", place.database)
    writer.text("user", place.user)
    if let password = place.password {
      writer.object("password") { $0.text("secret", password.text) }
    }
    writer.text("tls", place.tls.rawValue, unless: PostgresPlace.TLSMode.verifyFull.rawValue)
    writer.text("trust", place.trust, unless: "")
  }
}

extension DataSourceDocument {
  /// How the document is stored: native JSON that reads back to the identical value.
  package var canonicalJSON: [UInt8] { DocumentWriter.json(self) }

  /// Reads a stored document. `nil` when the bytes are no data source of ours, which is damage.
  package init?(canonicalJSON: [UInt8]) {
    guard let node = StoredDocument.node(canonicalJSON) else { return nil }
    var context = ReadingContext(file: "stored")
    guard let document = DataSourceReader.read(node, &context), StoredDocument.isSound(context) else { return nil }
    self = document
  }
}

extension RunbookDocument {
  /// The names of the data sources that its steps send statements to.
  package var calledDataSources: Set<String> {
    Set(steps.compactMap { if case .sql(let sql) = $0.kind { sql.source } else { nil } })
  }
}
