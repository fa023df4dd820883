package import Access
import Keyring
package import Labels
package import Ledger
package import RunEngine

/// Shows a part of a run's log to a person under a permit.
package struct RunReveal: Sendable {
  private let parts: ServiceParts
  private let library: DocumentLibrary

  package init(library: DocumentLibrary) {
    self.parts = library.parts
    self.library = library
  }

  /// A part that was found, before anybody has decided whether it is shown. It prints masked.
  package struct Found: Sendable {
    fileprivate let text: LabeledText
    fileprivate let view: DisclosureView
  }

  /// Looks for the part. Nil where there is no such run, line or part: found out before a permit is used up.
  package func find(_ part: RevealedPart, line: Int, of run: RunID) async throws -> Found? {
    guard let row = try await parts.store.run(run) else { return nil }
    var session = try await RunLoading(parts: parts, library: library).session(of: row)
    guard session.history.indices.contains(line - 1),
      let handle = part.handle(in: session.history[line - 1]), let text = try? session.values.text(handle)
    else { return nil }
    try await session.learnGranted(parts: parts)
    return Found(text: text, view: session.registry.view())
  }

  /// A value that the run's receipt commits to, before anybody has decided whether it is opened. It prints masked.
  package struct Committed: Sendable {
    /// The value itself, for `obstacle(toBytesOf:)`.
    package let value: Found
    fileprivate let run: String
    fileprivate let line: Int
    /// As the receipt shows it, and as the salt has it.
    fileprivate let shownName: String
    fileprivate let name: String
    fileprivate let key: RunKey
  }

  /// Looks for a value by the name that the receipt gives it. Nil where there is no such run, line or value: found out
  /// before a permit is used up. Throws `conflict` for a run that has no receipt.
  package func findCommitted(_ name: String, line: Int, of run: RunID) async throws -> Committed? {
    guard let row = try await parts.store.run(run) else { return nil }
    _ = try ReceiptWriting.end(of: row)
    var session = try await RunLoading(parts: parts, library: library).session(of: row)
    guard session.history.indices.contains(line - 1) else { return nil }
    try await session.learnGranted(parts: parts)
    let view = session.registry.view()
    let values = ReceiptWriting.values(of: session.history[line - 1], view)
    guard let found = values.first(where: { $0.shown == name }),
      let text = try? session.values.text(found.handle)
    else { return nil }
    return Committed(
      value: Found(text: text, view: view), run: row.id.text, line: line, shownName: name, name: found.name,
      key: session.key)
  }

  /// The value with the salt of its commitment. Throws what the door refuses.
  package func open(_ found: Committed, readAt path: AccessPath, permit: DisclosurePermit) throws -> ReceiptOpening {
    let opening = try DiscloseDoor.reveal(
      openingOfRun: found.value.text, event: found.line, name: found.name, run: found.run, key: found.key,
      readAt: path, view: found.value.view, permit: permit
    ).get()
    return ReceiptOpening(
      run: found.run, sequence: found.line, name: found.shownName, salt: opening.salt, value: opening.value)
  }

  /// The part, with what the permit does not open still masked. Throws what the door refuses.
  package func show(_ found: Found, readAt path: AccessPath, permit: DisclosurePermit) throws -> Disclosed {
    try DiscloseDoor.reveal(ofRun: found.text, readAt: path, view: found.view, permit: permit).get()
  }

  /// Why the part cannot be had as bytes, in a sentence; nil where it can. Asked before a permit is used up.
  package func obstacle(toBytesOf found: Found) -> String? {
    DiscloseDoor.obstacle(toBytesOf: found.text, view: found.view)?.message
  }

  /// The bytes of the part, as they came. Throws what the door refuses.
  package func bytes(_ found: Found, readAt path: AccessPath, permit: DisclosurePermit) throws -> [UInt8] {
    try DiscloseDoor.reveal(bytesOfRun: found.text, readAt: path, view: found.view, permit: permit).get()
  }
}

extension RunReveal.Committed: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RunReveal.Committed(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension RunReveal.Found: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RunReveal.Found(masked)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
