import Destinations
import SourceText

/// Reads a native data source.
enum DataSourceReader {
  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> DataSourceDocument? {
    guard let object = ObjectReader(node, as: .dataSource, part: "", &context),
      let id = object.text("data_source", &context)
    else { return nil }
    let place = object.value("data_source")?.place ?? node.place
    if !isName(id) {
      context.error(
        .badName, at: place,
        "the name of a data source begins with a lower-case letter and has lower-case letters, digits, - and _, at most 63"
      )
    }
    guard object.has("sqlite") != object.has("postgres") else {
      context.error(
        object.has("sqlite") ? .conflictingKeys : .missingKey, at: node.place,
        "a data source has either `sqlite` or `postgres`")
      return nil
    }
    guard let database = database(object, &context) else { return nil }
    let timeout = object.duration("timeout", &context) ?? DataSourceDocument.Limits.standardTimeout
    if timeout > DataSourceDocument.Limits.longestTimeout {
      context.error(
        .badValue, at: object.value("timeout")?.place ?? node.place, "`timeout` of a data source is at most 5m")
    }
    return DataSourceDocument(
      id: id, notes: object.text("notes", &context) ?? "", place: database,
      access: object.choice("access", DataSourceDocument.Access.self, &context) ?? .readOnly, timeout: timeout,
      maximumRows: object.integer("max_rows", &context) ?? DataSourceDocument.Limits.standardRows,
      maximumBytes: object.integer("max_bytes", &context) ?? DataSourceDocument.Limits.standardBytes)
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first), name.utf8.count <= 63 else { return false }
    return name.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || [UInt8]("-_".utf8).contains($0)
    }
  }

  private static func database(
    _ object: ObjectReader, _ context: inout ReadingContext
  ) -> DataSourceDocument.Place? {
    if let node = object.value("sqlite") {
      guard let file = object.text("sqlite", &context) else { return nil }
      guard isFile(file) else {
        context.error(
          .badValue, at: node.place, "`sqlite` must be a path below the folder of `serve --sqlite-folder`",
          remedy: "write it without a leading slash and without . and .. , such as crm/crm.db")
        return nil
      }
      return .sqlite(file: file)
    }
    guard let node = object.value("postgres"),
      let reader = ObjectReader(node, as: .postgres, part: object.path("postgres"), &context),
      let host = reader.text("host", &context), let name = reader.text("database", &context),
      let user = reader.text("user", &context)
    else { return nil }
    let port = reader.integer("port", &context) ?? PostgresPlace.standardPort
    if HostPort("\(host):\(port)") == nil {
      context.error(
        .badValue, at: reader.value("host")?.place ?? node.place, "`host` must be a host's name or address",
        remedy: "write an IPv6 address in brackets: [2001:db8::1]")
    }
    for (key, text) in [("database", name), ("user", user)] where text.isEmpty || text.utf8.contains(0) {
      context.error(.badValue, at: reader.value(key)?.place ?? node.place, "`\(key)` must be a name")
    }
    return .postgres(
      PostgresPlace(
        host: host, port: port, database: name, user: user, password: password(reader, &context),
        tls: reader.choice("tls", PostgresPlace.TLSMode.self, &context) ?? .verifyFull,
        trust: reader.text("trust", &context) ?? ""))
  }

  private static func password(_ object: ObjectReader, _ context: inout ReadingContext) -> SecretReference? {
    guard let node = object.value("password"),
      let reader = ObjectReader(node, as: .credential, part: object.path("password"), &context)
    else { return nil }
    reader.refuse(["sealed"], because: "the password of a data source stands in the key/value store", &context)
    guard let secret = reader.value("secret") else {
      context.error(
        .missingKey, at: node.place, "`secret` is missing here", remedy: "password: {secret: kv/PATH#FIELD}")
      return nil
    }
    return TextReader.reference(secret, what: "`secret`", &context)
  }

  /// Names separated by slashes, none of which leads elsewhere.
  private static func isFile(_ path: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return path.utf8.count <= 1_024 && !path.utf8.contains(0)
      && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }
}
