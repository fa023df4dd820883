import Destinations
import Foundation
import GRDBSQLite
import Labels
import TestSupport
import Testing

@testable import DataSources

/// A folder with a database file, removed afterwards, and statements for it.
enum Samples {
  static let limits = StatementLimits(timeout: .seconds(30), maximumRows: 1_000, maximumBytes: 1_000_000)

  static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sources-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("files/crm"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("own"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try make(folder.appendingPathComponent("files/crm/people.db").path)
    return try await body(folder.path)
  }

  private static func make(_ path: String) throws {
    var database: OpaquePointer?
    defer { sqlite3_close_v2(database) }
    try #require(sqlite3_open(path, &database) == SQLITE_OK)
    let script = """
      create table people (id integer primary key, name text, score real, photo blob);
      insert into people values (1, 'Ann', 1.5, x'00ff'), (2, 'Bob', 1e20, null), (3, null, null, null);
      """
    try #require(sqlite3_exec(database, script, nil, nil, nil) == SQLITE_OK)
  }

  static func sources(_ folder: String) throws -> DataSources {
    DataSources(folder: try SQLiteFolder("\(folder)/files", own: "\(folder)/own"))
  }

  static func statement(_ pieces: [RenderedStatement.Piece]) throws -> SendableStatement {
    let place = try #require(HostPort(sqliteSource: "crm"))
    return try SendDoor.statement(RenderedStatement(pieces), for: .file(place)).get()
  }

  static func rows(
    _ pieces: [RenderedStatement.Piece], in folder: String, file: String = "crm/people.db", isReadOnly: Bool = true,
    limits: StatementLimits = Samples.limits
  ) async throws -> String {
    let sources = try sources(folder)
    let answer = try await sources.rows(
      of: try statement(pieces), in: .sqlite(file: file), isReadOnly: isReadOnly, limits: limits)
    await sources.shutDown()
    return String(decoding: answer.json, as: UTF8.self)
  }
}

extension DataSources {
  /// All of an answer; what the statement changed is kept.
  func rows(
    of statement: SendableStatement, in database: Database, isReadOnly: Bool, limits: StatementLimits
  ) async throws(SourceFault) -> SourceAnswer {
    try await rows(of: statement, in: database, isReadOnly: isReadOnly, limits: limits) { answer in
      TakenAnswer(answer, isKept: true)
    }
  }
}
