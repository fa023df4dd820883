package import Encodings

/// Why a token's record is not believed.
package enum TokenRecordFault: Equatable, Sendable {
  /// Not the text that `Token.record` writes.
  case malformed
  /// A clear column says something else than the sealed record.
  case disagrees(column: StaticString)

  package static func == (left: TokenRecordFault, right: TokenRecordFault) -> Bool {
    switch (left, right) {
    case (.malformed, .malformed): true
    case (.disagrees(let one), .disagrees(let two)): one.description == two.description
    case (.malformed, _), (.disagrees, _): false
    }
  }
}

extension Token {
  /// The record to be sealed: canonical JSON with a fixed order of keys. It repeats the expiry and the creation time,
  /// which stand in clear columns, so that changing a column alone is noticed when the row is read.
  package var record: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("format")
    writer.integer(1)
    writer.key("accessor")
    writer.string(accessor.text)
    writer.key("parent")
    if let parent { writer.string(parent.text) } else { writer.null() }
    writer.key("entity")
    writer.string(entity.text)
    writer.key("display_name")
    writer.string(displayName.text)
    writer.key("policies")
    writer.beginArray()
    for policy in policies { writer.string(policy.text) }
    writer.endArray()
    writer.key("root")
    writer.bool(isRoot)
    writer.key("created_at")
    writer.integer(createdAt.millisecondsSinceEpoch)
    writer.key("expires_at")
    if let expiresAt = state.expiresAt { writer.integer(expiresAt.millisecondsSinceEpoch) } else { writer.null() }
    writer.key("uses")
    if let grantedUses { writer.integer(Int64(grantedUses)) } else { writer.null() }
    writer.endObject()
    return writer.finish()
  }

  /// Reads a row back. `hash`, `createdAt` and `state` are the clear columns. Throws `tokenRecord` for a record that
  /// `record` did not write (every byte counts) and for columns that disagree with it. What cannot be noticed here: an
  /// older remaining count, or a revocation undone; that is what the anchors in the ledger are for.
  package init(record: [UInt8], hash: KeyedHash, createdAt: Instant, state: TokenState) throws(AccessError) {
    guard let token = Self.read(record, hash: hash, state: state), token.record == record else {
      throw .tokenRecord(Self.readExpiry(record) == state.expiresAt ? .malformed : .disagrees(column: "expires_at"))
    }
    guard token.createdAt == createdAt else { throw .tokenRecord(.disagrees(column: "created_at")) }
    switch (token.grantedUses, state.remainingUses) {
    case (nil, nil): break
    case (let granted?, let remaining?) where (0...granted).contains(remaining): break
    default: throw .tokenRecord(.disagrees(column: "remaining_uses"))
    }
    self = token
  }

  /// The token of a record with the given state; nil where a field is missing or impossible.
  private static func read(_ record: [UInt8], hash: KeyedHash, state: TokenState) -> Token? {
    guard let tape = try? JSONTape(record), tape.kind(tape.root) == .object else { return nil }
    func field(_ key: String) -> JSONTape.Node? { tape.member(tape.root, key) }
    guard let accessor = field("accessor").flatMap(tape.string).flatMap(TokenAccessor.init),
      let parentNode = field("parent"),
      let entity = field("entity").flatMap(tape.string).flatMap({ try? EntityID($0) }),
      let displayName = field("display_name").flatMap(tape.string).flatMap({ try? DisplayName($0) }),
      let policyNodes = field("policies").map(tape.children),
      let isRoot = field("root").flatMap(tape.bool),
      let createdAt = field("created_at").flatMap(tape.integer),
      let usesNode = field("uses")
    else { return nil }
    let policies = policyNodes.compactMap { tape.string($0).flatMap { try? PolicyName($0) } }
    let parent = tape.string(parentNode).flatMap(TokenAccessor.init)
    let uses = tape.integer(usesNode).flatMap { Int(exactly: $0) }
    guard isRoot ? policies.isEmpty : state.expiresAt != nil, policies == Set(policies).sorted(),
      uses.map({ (1...AccessLimits.tokenUses).contains($0) }) ?? true
    else { return nil }
    return Token(
      hash: hash, accessor: accessor, parent: parent, entity: entity, displayName: displayName, policies: policies,
      isRoot: isRoot, createdAt: Instant(millisecondsSinceEpoch: createdAt), grantedUses: uses, state: state)
  }

  /// Only to name the column that disagrees.
  private static func readExpiry(_ record: [UInt8]) -> Instant? {
    guard let tape = try? JSONTape(record), let node = tape.member(tape.root, "expires_at") else { return nil }
    return tape.integer(node).map { Instant(millisecondsSinceEpoch: $0) }
  }
}
