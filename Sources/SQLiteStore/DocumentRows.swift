import Encodings
import GRDB
import Keyring
import Storage

/// Rows of documents and of the write-only values that belong to them.
enum DocumentRows {
  static func save(_ document: StoredDocument, in database: Database) throws {
    let kind = document.kind.rawValue
    let holder = try String.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM document WHERE kind = ? AND name = ?"),
      arguments: [kind, document.name])
    if let holder, holder != document.id {
      throw CommitRefusal.nameTaken(kind: document.kind, name: document.name)
    }
    let stored =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT revision FROM document WHERE kind = ? AND id = ?"),
        arguments: [kind, document.id]) ?? 0
    guard Int64(clamping: document.revision) == stored + 1 else {
      throw CommitRefusal.revisionMoved(name: document.name)
    }
    try keepVersion(of: document, in: database)
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO document (kind, id, name, revision, is_active, updated_at, text, saved_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        kind, document.id, document.name, Int64(clamping: document.revision), document.isActive,
        document.updatedAt.millisecondsSinceEpoch, Blob.of(document.text.bytes), document.savedBy,
      ])
  }

  static func delete(_ kind: DocumentKind, id: String, revision: UInt64, in database: Database) throws {
    let row: StatementArguments = [kind.rawValue, id]
    let stored = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT revision FROM document WHERE kind = ? AND id = ?"), arguments: row)
    guard let stored else { throw CommitRefusal.notFound(name: id) }
    guard stored == Int64(clamping: revision) else { throw CommitRefusal.revisionMoved(name: id) }
    try database.execute(sql: "DELETE FROM document WHERE kind = ? AND id = ?", arguments: row)
    try database.execute(sql: "DELETE FROM document_version WHERE kind = ? AND id = ?", arguments: row)
  }

  static func expect(_ kind: DocumentKind, _ revisions: [String: UInt64], in database: Database) throws {
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT id, revision FROM document WHERE kind = ?"), arguments: [kind.rawValue])
    let isSame = try rows.allSatisfy { row in
      let stored = try row.integer("revision", table: "document")
      return revisions[try row.text("id", table: "document")].map { Int64(clamping: $0) == stored } ?? false
    }
    guard isSame, rows.count == revisions.count else { throw CommitRefusal.revisionMoved(name: kind.rawValue) }
  }

  static func expectSetting(_ name: String, _ value: [UInt8]?, in database: Database) throws {
    let row = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
    let stored = try row.map { try Blob.bytes($0, "value", table: "setting") }
    guard stored == value else { throw CommitRefusal.revisionMoved(name: name) }
  }

  /// Keeps what is stored before it is replaced, as it was sealed, and forgets what is too old.
  private static func keepVersion(of document: StoredDocument, in database: Database) throws {
    let row = [document.kind.rawValue, document.id]
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO document_version (kind, id, revision, name, is_active, updated_at, saved_by, text)
        SELECT kind, id, revision, name, is_active, updated_at, saved_by, text FROM document WHERE kind = ? AND id = ?
        """
    ).execute(arguments: StatementArguments(row))
    let oldest = Int64(clamping: document.revision) - Int64(StoredDocument.keptVersions)
    try database.cachedStatement(sql: "DELETE FROM document_version WHERE kind = ? AND id = ? AND revision < ?")
      .execute(arguments: StatementArguments(row) + [oldest])
  }

  /// The newest first.
  static func versions(
    _ kind: DocumentKind, id: String, from database: Database
  ) throws -> [StoredDocumentVersion] {
    let table = "document_version"
    return try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT revision, name, is_active, updated_at, saved_by FROM document_version
          WHERE kind = ? AND id = ? ORDER BY revision DESC
          """), arguments: [kind.rawValue, id]
    ).map { row in
      StoredDocumentVersion(
        revision: UInt64(clamping: try row.integer("revision", table: table)), name: try row.text("name", table: table),
        isActive: try row.integer("is_active", table: table) != 0,
        updatedAt: try row.instant("updated_at", table: table),
        savedBy: row["saved_by"])
    }
  }

  static func version(
    _ kind: DocumentKind, id: String, revision: UInt64, from database: Database
  ) throws -> StoredDocument? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM document_version WHERE kind = ? AND id = ? AND revision = ?"),
      arguments: [kind.rawValue, id, Int64(clamping: revision)]
    ).map(document)
  }

  static func all(_ kind: DocumentKind, from database: Database) throws -> [StoredDocument] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM document WHERE kind = ? ORDER BY name"), arguments: [kind.rawValue]
    )
    .map(document)
  }

  static func one(_ kind: DocumentKind, id: String, from database: Database) throws -> StoredDocument? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM document WHERE kind = ? AND id = ?"), arguments: [kind.rawValue, id]
    )
    .map(document)
  }

  static func one(_ kind: DocumentKind, named name: String, from database: Database) throws -> StoredDocument? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM document WHERE kind = ? AND name = ?"),
      arguments: [kind.rawValue, name]
    ).map(document)
  }

  static func delete(_ place: SealedPlace, in database: Database) throws {
    try database.execute(
      sql: "DELETE FROM sealed_row WHERE owner = ? AND kind = ? AND name = ?",
      arguments: [place.owner, place.kind.rawValue, place.name])
  }

  static func save(_ row: SealedRow, in database: Database) throws {
    let stored =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT generation FROM sealed_row WHERE owner = ? AND kind = ? AND name = ?"),
        arguments: [row.place.owner, row.place.kind.rawValue, row.place.name]) ?? 0
    guard Int64(clamping: row.generation) > stored else { throw CommitRefusal.revisionMoved(name: row.place.name) }
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO sealed_row (owner, kind, name, generation, bound_to, updated_at, value)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        row.place.owner, row.place.kind.rawValue, row.place.name, Int64(clamping: row.generation), row.boundTo,
        row.updatedAt.millisecondsSinceEpoch, row.value.map { Blob.of($0.bytes) },
      ])
  }

  static func sealed(owner: String, from database: Database) throws -> [SealedRow] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM sealed_row WHERE owner = ? ORDER BY kind, name"), arguments: [owner]
    ).map { row in
      guard let kind = SealedPlace.Kind(rawValue: try row.text("kind", table: "sealed_row")) else {
        throw StoreFault.damaged(table: "sealed_row", column: "kind")
      }
      let isThere = !(row["value"] as DatabaseValue).isNull
      return SealedRow(
        place: SealedPlace(owner: owner, kind: kind, name: try row.text("name", table: "sealed_row")),
        generation: UInt64(clamping: try row.integer("generation", table: "sealed_row")),
        boundTo: try row.text("bound_to", table: "sealed_row"),
        updatedAt: try row.instant("updated_at", table: "sealed_row"),
        value: isThere ? try Blob.envelope(row, "value", table: "sealed_row") : nil)
    }
  }

  private static func document(_ row: Row) throws -> StoredDocument {
    guard let kind = DocumentKind(rawValue: try row.text("kind", table: "document")) else {
      throw StoreFault.damaged(table: "document", column: "kind")
    }
    return StoredDocument(
      kind: kind, id: try row.text("id", table: "document"), name: try row.text("name", table: "document"),
      revision: UInt64(clamping: try row.integer("revision", table: "document")),
      isActive: try row.integer("is_active", table: "document") != 0,
      updatedAt: try row.instant("updated_at", table: "document"),
      text: try Blob.envelope(row, "text", table: "document"), savedBy: row["saved_by"])
  }
}
