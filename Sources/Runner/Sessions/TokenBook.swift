package import Access
import Encodings
import Keyring
import Ledger
package import Storage

/// Tokens as they are stored: looked up, used, made and revoked.
package struct TokenBook: Sendable {
  package let parts: ServiceParts

  package init(parts: ServiceParts) {
    self.parts = parts
  }

  /// The keyed hashes of tokens and accessors. While the keyring is sealed they are zeros, which no row has; nobody is
  /// let in then anyway.
  package var hasher: TokenHasher {
    let keyring = parts.keyring
    return TokenHasher(
      token: { (try? keyring.mac(.tokenHash, message: $0)) ?? [UInt8](repeating: 0, count: 32) },
      accessor: { (try? keyring.mac(.accessorHash, message: $0)) ?? [UInt8](repeating: 0, count: 32) })
  }

  /// Lets a presented token in: one hash, one look-up, and where uses are counted one use taken, whatever the request
  /// turns out to be.
  package func admit(_ presented: PresentedToken) async throws -> Result<LiveToken, TokenRefusal> {
    let lookup = presented.lookup(with: hasher)
    let row = try await parts.store.token(hash: lookup.hash.bytes)
    let token = try row.map(self.token(of:))
    switch TokenCheck.check(lookup, found: token, now: parts.clock.now()) {
    case .live(let live): return .success(live)
    case .refused(let refusal): return .failure(refusal)
    case .spent: return .failure(.spent)
    case .takesUse(let pending):
      do {
        _ = try await parts.store.commit(WriteBatch([.useToken(hash: pending.hash.bytes)]))
        return .success(pending.afterStoreTookOneUse())
      } catch CommitRefusal.tokenSpent {
        return .failure(.spent)
      }
    }
  }

  /// As `admit`, without taking a use: for decisions that may not change anything. Whoever then acts on the decision
  /// takes the use, in the store, before it acts or in the commit by which it does.
  ///
  /// - Parameter evenSpent: whether a token is found whose uses are used up, and which would live otherwise. Its holder may
  ///   be told what it was used for; nothing more can come of it, because the store takes no use.
  package func peek(_ presented: PresentedToken, evenSpent: Bool = false) async throws -> LiveToken? {
    let lookup = presented.lookup(with: hasher)
    let row = try await parts.store.token(hash: lookup.hash.bytes)
    let token = try row.map(self.token(of:))
    switch TokenCheck.check(lookup, found: token, now: parts.clock.now()) {
    case .live(let live): return live
    case .takesUse(let pending): return pending.afterStoreTookOneUse()
    case .spent(let token): return evenSpent ? token.forRecall() : nil
    case .refused: return nil
    }
  }

  /// Stores a new token; its text goes to its holder once, by the caller. `expecting`: what must hold when it is stored.
  package func store(_ issued: IssuedToken, by actor: String, expecting: [Intention] = []) async throws {
    let token = issued.token
    let stored = StoredToken(
      hash: token.hash.bytes, accessorHash: hasher.hash(of: token.accessor).bytes, expiresAt: token.state.expiresAt,
      remainingUses: token.state.remainingUses, isRevoked: false, createdAt: token.createdAt,
      record: try parts.keyring.seal(token.record, in: RecordContexts.token(hash: Hex.encode(token.hash.bytes))))
    _ = try await parts.store.commit(
      WriteBatch(
        expecting + [.saveToken(stored)],
        ledger: [
          LedgerDraft(
            kind: .token, actor: .entity(actor), action: "create",
            subject: Hex.encode(hasher.hash(of: token.accessor).bytes.prefix(8)), outcome: "ok")
        ]))
  }

  /// Revokes a token and everything that it made, in one commit.
  package func revoke(_ token: Token, by actor: String) async throws {
    _ = try await parts.store.commit(try await revocation(by: actor) { $0.accessor == token.accessor })
  }

  /// What revokes every token that fits, and everything that each made: for whoever commits it with something else.
  func revocation(by actor: String, of fits: (Token) -> Bool) async throws -> WriteBatch {
    let live = try await parts.store.liveTokens().map(self.token(of:))
    let tree = live.map { ($0.accessor, $0.parent) }
    let families = Set(TokenFamily.members(of: live.filter(fits).map(\.accessor), among: tree))
    let revoked = live.filter { families.contains($0.accessor) }
    return WriteBatch(
      revoked.map { .revokeToken(hash: $0.hash.bytes) },
      ledger: revoked.map { member in
        LedgerDraft(
          kind: .token, actor: .entity(actor), action: "revoke",
          subject: Hex.encode(hasher.hash(of: member.accessor).bytes.prefix(8)), outcome: "ok")
      })
  }

  private func token(of row: StoredToken) throws -> Token {
    let record = try parts.keyring.open(row.record, in: RecordContexts.token(hash: Hex.encode(row.hash)))
    return try Token(
      record: record, hash: KeyedHash(row.hash), createdAt: row.createdAt,
      state: TokenState(expiresAt: row.expiresAt, remainingUses: row.remainingUses, isRevoked: row.isRevoked))
  }
}
