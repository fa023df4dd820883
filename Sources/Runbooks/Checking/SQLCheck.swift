import Destinations
import Encodings

/// The data sources that steps can name: those of the store, then those of the files.
struct DataSourceDirectory {
  private let sources: [String: DataSourceDocument]
  /// Whether a source that is not here is nowhere.
  let isComplete: Bool

  init(_ known: [DataSourceDocument]?, read: [DataSourceDocument]) {
    sources = Dictionary(((known ?? []) + read).map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    isComplete = known != nil
  }

  subscript(id: String) -> DataSourceDocument? { sources[id] }
  var names: [String] { sources.keys.sorted() }
}

/// Holds the statements of a runbook against the data sources that they are sent to.
enum SQLCheck {
  static func check(
    _ document: RunbookDocument, sources: DataSourceDirectory, report: (DocumentCheck.Finding) -> Void
  ) {
    for step in document.steps {
      guard case .sql(let sql) = step.kind else { continue }
      let part = "steps.\(step.name)"
      let source = sources[sql.source]
      if source == nil { reportUnknown(sql.source, part: "\(part).sql", sources, report) }
      if let source, sql.retry != nil, !source.isReadOnly, !sql.retriesWhenInterrupted {
        report(
          .warning(
            .unsafeRepetition, "\(part).retry",
            "`retry` of step \(ShownName.of(step.name)) does nothing: its statement may change something at "
              + "\(ShownName.of(source.id)), and is sent once",
            remedy: "say `on_interrupt: retry` where doing it twice does no harm"))
      }
      guard let fault = fault(of: sql.query, for: source) else { continue }
      let position = TextPosition(offset: fault.offset, in: Array(sql.query.source.utf8))
      report(
        .error(
          .badSQL, "\(part).query",
          "`query`, at line \(position.line), column \(position.column) of it: \(fault.message)", remedy: fault.remedy))
    }
  }

  /// What is wrong with it for this source; where that is not known, what would be wrong in any dialect.
  static func fault(of query: Template, for source: DataSourceDocument?) -> SQLFault? {
    let dialects = source.map { [$0.dialect] } ?? SQLDialect.allCases
    var found: SQLFault?
    for dialect in dialects {
      do throws(SQLFault) {
        _ = try SQLStatement(query, dialect: dialect, isReadOnly: source?.isReadOnly ?? false)
        return nil
      } catch {
        found = error
      }
    }
    return found
  }

  private static func reportUnknown(
    _ name: String, part: String, _ sources: DataSourceDirectory, _ report: (DocumentCheck.Finding) -> Void
  ) {
    let shown = ShownName.of(name)
    guard sources.isComplete else {
      return report(
        .warning(
          .unknownSource, part, "the data source \(shown) is not in these files; the import looks for it in the store"))
    }
    let nearest = NearestName.of(name, among: sources.names)
    report(
      .error(
        .unknownSource, part, "there is no data source \(shown)",
        remedy: nearest.map { "did you mean `\($0)`?" } ?? "import one: data_source: NAME, sqlite: … or postgres: …"))
  }
}

/// What can be wrong with a data source by itself.
enum DataSourceCheck {
  static func check(_ document: DataSourceDocument, report: (DocumentCheck.Finding) -> Void) {
    guard case .postgres(let place) = document.place, place.tls == .off else { return }
    let literal = HostPort("\(place.host):\(place.port)")?.name.literal
    let isLoopback = place.host == "localhost" || literal.map { AddressClass.classify($0) == .loopback } ?? false
    if isLoopback {
      report(
        .warning(
          .plainConnection, "postgres.tls",
          "the connection to \(ShownName.of(document.id)) is not encrypted, which only this machine should see"))
    } else {
      report(
        .error(
          .plainConnection, "postgres.tls", "a connection without TLS is allowed to loopback only",
          remedy: "remove `tls`, and give the server a certificate; `trust` names your own authority"))
    }
    if !place.trust.isEmpty {
      report(.error(.conflictingKeys, "postgres.trust", "without TLS there is no certificate to trust"))
    }
  }
}
