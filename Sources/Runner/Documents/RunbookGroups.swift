package import Access
import Encodings
import Ledger
import Runbooks
import Storage

/// The groups that lists show runbooks under: those that were created, and those that documents name.
package struct RunbookGroups: Sendable {
  package struct Group: Sendable, Equatable {
    package let name: String
    /// How many runbooks are in it.
    package let members: Int
  }

  /// The most groups that can be created.
  static let limit = 1_000
  /// Of a name, in bytes.
  static let nameLimit = 200
  private static let setting = "groups"

  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.library = library
  }

  /// By name.
  package func all() async throws -> [Group] {
    var counts = Dictionary(try await created().map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
    for (_, document) in try await library.runbooks() {
      if let group = document.group { counts[group, default: 0] += 1 }
    }
    return counts.map { Group(name: $0.key, members: $0.value) }.sorted { $0.name < $1.name }
  }

  /// Creates an empty group. Refused where there is one of the name.
  package func create(_ name: String, by who: Authorization) async throws {
    try Self.check(name)
    try await again {
      let stored = try await stored()
      guard try await !all().contains(where: { $0.name == name }) else {
        throw ServiceFault.conflict("There is a group `\(name)` already.")
      }
      guard stored.names.count < Self.limit else {
        throw ServiceFault.conflict("There are \(stored.names.count) groups, which is the most; delete one.")
      }
      try await commit(
        [], names: stored.names + [name], over: stored, action: "create", subject: name, outcome: "ok", by: who)
    }
  }

  /// Gives a group and its members another name. Refused where there is a group of that name.
  ///
  /// - Returns: How many runbooks are in it.
  package func rename(
    _ name: String, to new: String, by who: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> Int {
    try Self.check(new)
    return try await again {
      try await renamed(name, to: new, by: who, also: also)
    }
  }

  private func renamed(
    _ name: String, to new: String, by who: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> Int {
    let stored = try await stored()
    let groups = try await all()
    guard groups.contains(where: { $0.name == name }) else { throw ServiceFault.notFound(kind: "group", name: name) }
    guard !groups.contains(where: { $0.name == new }) else {
      throw ServiceFault.conflict("There is a group `\(new)` already.")
    }
    let moved = try await moving(name, to: new, by: who, also: also)
    let names = stored.names.filter { $0 != name } + [new]
    try await commit(
      moved, names: names, over: stored, action: "rename", subject: name, outcome: "to \(new)", by: who)
    return moved.count
  }

  /// Deletes a group; its members fall to no group.
  ///
  /// - Returns: How many runbooks were in it.
  package func delete(
    _ name: String, by who: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> Int {
    try await again {
      let stored = try await stored()
      guard try await all().contains(where: { $0.name == name }) else {
        throw ServiceFault.notFound(kind: "group", name: name)
      }
      let moved = try await moving(name, to: nil, by: who, also: also)
      try await commit(
        moved, names: stored.names.filter { $0 != name }, over: stored, action: "delete", subject: name, outcome: "ok",
        by: who)
      return moved.count
    }
  }

  /// How often a change is decided anew, where another one was stored in the meantime.
  private static let attempts = 5

  private func again<Result>(_ change: () async throws -> Result) async throws -> Result {
    var left = Self.attempts
    while true {
      left -= 1
      do {
        return try await change()
      } catch CommitRefusal.revisionMoved where left > 0 {
        continue
      } catch {
        throw ServiceFault(error)
      }
    }
  }

  private static func check(_ name: String) throws(ServiceFault) {
    guard !name.isEmpty, name.utf8.count <= nameLimit, ShownText.isPlain(name) else {
      throw .invalid(
        field: "name",
        sentence: "A group's name is one line of 1 to \(nameLimit) bytes, without control characters and without marks "
          + "that turn the direction of writing.")
    }
  }

  /// The members of a group as they are to be saved: revisions of their own, which the caller must be allowed to make.
  private func moving(
    _ name: String, to new: String?, by who: Authorization, also: (Capability, String) -> Authorization?
  ) async throws -> [StoredDocument] {
    try await library.runbooks().filter { $0.document.group == name }.map { (row, document) in
      let path = "api/runbooks/\(row.id)"
      guard also(.update, path) != nil else {
        throw ServiceFault.denied(
          "The runbook `\(row.id)` is in the group: that needs the capability update on `\(path)`. Nothing was changed."
        )
      }
      var changed = document
      changed.group = new
      return try library.row(
        kind: .runbook, id: row.id, name: row.name, isActive: row.isActive, text: changed.canonicalJSON, replacing: row,
        by: who.token.entity.text)
    }
  }

  /// The groups that were created, and the record that says so.
  private struct Stored {
    var names: [String] = []
    var bytes: [UInt8]?
  }

  private func created() async throws -> [String] { try await stored().names }

  private func stored() async throws -> Stored {
    guard let bytes = try await library.parts.store.setting(Self.setting) else { return Stored() }
    guard let tape = try? JSONTape(bytes) else {
      throw ServiceFault.store(.damaged(table: "setting", column: "value"))
    }
    return Stored(names: tape.children(tape.root).compactMap { tape.string($0) }, bytes: bytes)
  }

  /// Throws what the store throws: `revisionMoved` where the record is not the one that was read.
  private func commit(
    _ documents: [StoredDocument], names: [String], over stored: Stored, action: String, subject: String,
    outcome: String,
    by who: Authorization
  ) async throws {
    var writer = JSONWriter()
    writer.beginArray()
    for name in names.sorted() { writer.string(name) }
    writer.endArray()
    let actor = LedgerActor.entity(who.token.entity.text)
    let drafts =
      [LedgerDraft(kind: .document, actor: actor, action: action, subject: "group/\(subject)", outcome: outcome)]
      + documents.map {
        LedgerDraft(
          kind: .document, actor: actor, action: "group", subject: "runbook/\($0.id)",
          outcome: "revision \($0.revision)")
      }
    _ = try await library.parts.store.commit(
      WriteBatch(
        [.expectSetting(name: Self.setting, value: stored.bytes)] + documents.map(Intention.saveDocument)
          + [.saveSetting(name: Self.setting, value: writer.finish())],
        ledger: drafts))
  }
}
