package import Access
import Ledger
package import Runbooks
import Storage

/// Entering and clearing write-only values (`chancery set`). Nothing gives one back.
package struct ValueEntry: Sendable {
  private let library: DocumentLibrary
  private let endpoints: EndpointBook

  package init(library: DocumentLibrary, endpoints: EndpointBook) {
    self.library = library
    self.endpoints = endpoints
  }

  /// Seals a value for its slot; an empty one is refused, and so is a mask: written back, both mean "keep".
  package func enter(_ value: [UInt8], for slot: SealedSlot, by authorization: Authorization) async throws {
    guard !value.isEmpty else {
      throw ServiceFault.invalid(
        field: "value", sentence: "The value is empty, which would mean to keep the old one; use --clear to remove it.")
    }
    guard !ShownMark.means(keep: String(decoding: value, as: UTF8.self)) else {
      throw ServiceFault.invalid(
        field: "value", sentence: "The value is a mask that stands for one which is not shown; the old value is kept.")
    }
    let inventory = try await SealedInventory(parts: library.parts, library: library)
    try inventory.check(value, for: slot)
    if case .startCredential(let runbook, let name) = slot, let document = inventory.runbooks[runbook] {
      let schemes = EndpointSchemes(try await library.readableSchemes())
      let check = StartKeyCheck(document: document, schemes: schemes, now: library.parts.clock.now())
      try check.check(value, named: name)
    }
    let row = try inventory.seal(value, for: slot)
    try await commit(.saveSealedRow(row), "set", row.place, authorization, commitment: row.value?.digest)
    if case .integrationCredential(let integration, _) = slot {
      library.parts.tokens.credentialChanged(of: integration)
    }
  }

  package func clear(_ slot: SealedSlot, by authorization: Authorization) async throws {
    let inventory = try await SealedInventory(parts: library.parts, library: library)
    guard let place = inventory.place(of: slot), inventory.rows[place] != nil else {
      throw ServiceFault.notFound(kind: "entered value", name: slot.command)
    }
    try await commit(.deleteSealedRow(place), "clear", place, authorization, commitment: nil)
  }

  /// Which places of a method or document are filled, and to what a filled one is bound.
  package func states() async throws -> ValueStates {
    ValueStates(
      inventory: try await SealedInventory(parts: library.parts, library: library), rules: library.parts.rules)
  }

  private func commit(
    _ intention: Intention, _ action: String, _ place: SealedPlace, _ authorization: Authorization,
    commitment: [UInt8]?
  ) async throws {
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(authorization.token.entity.text), action: action,
      subject: "\(place.owner)/\(place.kind.rawValue)/\(place.name)", outcome: "ok", commitment: commitment)
    do {
      _ = try await library.parts.store.commit(WriteBatch([intention], ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
    try await endpoints.renew()
  }
}
