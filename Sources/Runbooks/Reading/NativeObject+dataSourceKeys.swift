extension NativeObject {
  static let dataSourceKeys = [
    NativeKey("data_source", .text, required: true, "The name that steps use under sql; lower case."),
    NativeKey("notes", .text, "Anything worth knowing."),
    NativeKey("sqlite", .text, "A database file, as its path below the folder of `serve --sqlite-folder`."),
    NativeKey("postgres", .object(.postgres), "A database of a PostgreSQL server."),
    NativeKey(
      "access", .choice(DataSourceDocument.Access.allCases.map(\.rawValue)),
      "Whether statements may change rows; read_only by default."),
    NativeKey("timeout", .duration, "Of one statement, connecting included; 30s by default, at most 5m."),
    NativeKey("max_rows", .integer(1...DataSourceDocument.Limits.mostRows), "Most rows of an answer; 1000 by default."),
    NativeKey(
      "max_bytes", .integer(1...DataSourceDocument.Limits.mostBytes), "Largest answer as JSON; 1000000 by default."),
  ]

  static let postgresKeys = [
    NativeKey("host", .text, required: true, "The server's name, or its address."),
    NativeKey("port", .integer(1...65_535), "Its port; 5432 by default."),
    NativeKey("database", .text, required: true, "The name of the database."),
    NativeKey("user", .text, required: true, "The role that connects: one that can do no more than it needs."),
    NativeKey("password", .object(.credential), "secret: kv/PATH#FIELD. Without it the server asks for none."),
    NativeKey(
      "tls", .choice(PostgresPlace.TLSMode.allCases.map(\.rawValue)),
      "verify-full (default): certificate and name are verified; off: on loopback only."),
    NativeKey("trust", .text, "Certificates in PEM form that sign the server's, instead of the system's."),
  ]
}
