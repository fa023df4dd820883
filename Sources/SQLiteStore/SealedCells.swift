import Encodings
import Foundation
import GRDB
import Keyring
import Ledger
import Storage

/// Rows by the term of what is sealed in them, and their change to another term.
enum SealedCells {
  private struct Shape {
    let key: [String]
    let version: String?
    let sealed: String
    /// Whether the one column of the key is bytes.
    var isBytes = false
    /// Columns of the key that are numbers; they stand in decimal.
    var numbers: Set<String> = []
  }

  private static func shape(_ table: SealedTable) -> Shape {
    switch table {
    case .bundle: Shape(key: ["id"], version: nil, sealed: "text")
    case .document: Shape(key: ["kind", "id"], version: "revision", sealed: "text")
    case .documentVersion:
      Shape(key: ["kind", "id", "revision"], version: "revision", sealed: "text", numbers: ["revision"])
    case .integrationToken:
      Shape(key: ["integration", "settings"], version: "generation", sealed: "record")
    case .keptVariable: Shape(key: ["runbook", "name"], version: nil, sealed: "value")
    case .login: Shape(key: ["name"], version: "revision", sealed: "record")
    case .namedKey: Shape(key: ["name"], version: "revision", sealed: "record")
    case .namedKeyVersion: Shape(key: ["name", "number"], version: nil, sealed: "material", numbers: ["number"])
    case .policy: Shape(key: ["name"], version: "revision", sealed: "text")
    case .reveal: Shape(key: ["id"], version: "revision", sealed: "record")
    case .sealedRow: Shape(key: ["owner", "kind", "name"], version: "generation", sealed: "value")
    case .secret: Shape(key: ["path", "version"], version: "version", sealed: "fields")
    case .token: Shape(key: ["hash"], version: nil, sealed: "record", isBytes: true)
    }
  }

  /// The place of the term in an envelope (docs/spec/envelope.md), as SQL counts: from 1.
  private static let termPlace = "6, 4"

  /// Cells that are not under this term, in the order of their keys, from behind `last` on.
  static func other(
    than term: UInt32, in table: SealedTable, after last: SealedCell?, limit: Int, from database: Database
  ) throws -> [SealedCell] {
    let shape = shape(table)
    let columns = shape.key.joined(separator: ", ")
    let places = shape.key.map { _ in "?" }.joined(separator: ", ")
    let behind = last == nil ? "" : "AND (\(columns)) > (\(places))"
    let sql = """
      SELECT * FROM \(table.rawValue)
      WHERE \(shape.sealed) IS NOT NULL AND substr(\(shape.sealed), \(termPlace)) <> ? \(behind)
      ORDER BY \(columns) LIMIT ?
      """
    var arguments: [(any DatabaseValueConvertible)?] = [Data(withUnsafeBytes(of: term.bigEndian) { Array($0) })]
    if let last { arguments += try keyArguments(last, shape) }
    arguments.append(limit)
    return try Row.fetchAll(
      database.cachedStatement(sql: sql), arguments: StatementArguments(arguments)
    ).map { row in
      let key = try shape.key.filter { $0 != "version" }.map { (column) -> String in
        if shape.isBytes { return Hex.encode(try Blob.bytes(row, column, table: table.rawValue)) }
        if shape.numbers.contains(column) { return String(try row.integer(column, table: table.rawValue)) }
        return try row.text(column, table: table.rawValue)
      }
      let version = try shape.version.map { UInt64(clamping: try row.integer($0, table: table.rawValue)) } ?? 1
      return SealedCell(
        table: table, key: key, version: version,
        envelope: try Blob.envelope(row, shape.sealed, table: table.rawValue))
    }
  }

  /// Writes the cell's new envelope, if the old one is still there; else somebody has written it under the current term
  /// meanwhile, and nothing is to be done.
  static func reseal(_ cell: SealedCell, with envelope: Envelope, in database: Database) throws {
    let shape = shape(cell.table)
    let row = shape.key.map { "\($0) = ?" }.joined(separator: " AND ")
    let old = Blob.of(cell.envelope.bytes)
    var arguments: [(any DatabaseValueConvertible)?] = [Blob.of(envelope.bytes)]
    arguments += try keyArguments(cell, shape)
    arguments.append(old)
    try database.cachedStatement(
      sql: "UPDATE \(cell.table.rawValue) SET \(shape.sealed) = ? WHERE \(row) AND \(shape.sealed) = ?"
    ).execute(arguments: StatementArguments(arguments))
  }

  /// The anchor of the row as it stands, for tables that are anchored; nil for others and where it is gone.
  static func anchor(of cell: SealedCell, in database: Database) throws -> LedgerAnchor? {
    switch cell.table {
    case .bundle, .documentVersion, .integrationToken, .keptVariable, .namedKeyVersion, .sealedRow, .secret: return nil
    case .document:
      guard let kind = DocumentKind(rawValue: cell.key[0]) else { return nil }
      return try DocumentRows.one(kind, id: cell.key[1], from: database)?.anchor
    case .login: return try PersonRows.login(named: cell.key[0], from: database)?.anchor
    case .namedKey: return try KeyRows.key(cell.key[0], from: database)?.anchor
    case .policy: return try AccessRows.policy(named: cell.key[0], from: database)?.anchor
    case .reveal: return try PersonRows.reveal(id: cell.key[0], from: database)?.anchor
    case .token:
      guard let hash = Hex.decode(cell.key[0]) else { return nil }
      return try AccessRows.token(hash: hash, from: database)?.anchor
    }
  }

  private static func keyArguments(_ cell: SealedCell, _ shape: Shape) throws -> [(any DatabaseValueConvertible)?] {
    if shape.isBytes {
      guard let bytes = Hex.decode(cell.key[0]) else {
        throw StoreFault.damaged(table: cell.table.rawValue, column: shape.key[0])
      }
      return [Blob.of(bytes)]
    }
    var arguments: [(any DatabaseValueConvertible)?] = zip(shape.key, cell.key).map { (column, value) in
      if shape.numbers.contains(column) { return Int64(value) }
      return value
    }
    if shape.key.contains("version") { arguments.append(Int64(clamping: cell.version)) }
    return arguments
  }
}
