package import Access
package import Cryptography
import Ledger
import Storage

/// The persons who may log in with a password, as they are stored.
package struct LoginBook: Sendable {
  private let parts: ServiceParts
  private let tokens: TokenBook
  private let gate = LoginGate()

  package init(parts: ServiceParts) {
    self.parts = parts
    tokens = TokenBook(parts: parts)
  }

  package func login(_ name: UserName) async throws -> Login? {
    try await parts.store.login(named: name.text).map(read)
  }

  /// Names, sorted.
  package func names() async throws -> [String] { try await parts.store.loginNames() }

  /// Whether the password opens the login. Costs the same whether there is such a login or not, on a thread of its own;
  /// where many wait for it already, throws `busy`.
  package func verify(_ password: GuardedBytes, of name: UserName?) async throws -> Checked? {
    let row: StoredLogin?
    if let name { row = try await parts.store.login(named: name.text) } else { row = nil }
    let login = try row.map(read)
    guard let verified = try await gate.pass({ try LoginCheck.check(password, of: login) }), let row else { return nil }
    return Checked(verified: verified, row: row)
  }

  /// A login whose password was given, as it was stored then.
  package struct Checked: Sendable {
    fileprivate let verified: VerifiedLogin
    fileprivate let row: StoredLogin

    package var name: UserName { verified.login.name }
  }

  /// A new token for somebody who has logged in. Throws `conflict` where the login was changed or removed since its password
  /// was looked at: the token would outlive what revokes it.
  package func issue(_ checked: Checked) async throws -> IssuedToken {
    let issued = try TokenIssuance.login(checked.verified, now: parts.clock.now(), hasher: tokens.hasher)
    do {
      try await tokens.store(issued, by: checked.verified.login.entity.text, expecting: [.expectLogin(checked.row)])
    } catch CommitRefusal.revisionMoved {
      throw ServiceFault.conflict("The login was changed just now; log in again.")
    }
    return issued
  }

  /// What a password is kept as; takes its time, on a thread of its own.
  package func verifier(of password: GuardedBytes) async throws -> PasswordVerifier {
    try await gate.pass { try PasswordVerifier.make(of: password) }
  }

  /// Writes a login: a new one, or what replaces an old one. Tokens that were given for another password or other
  /// policies are revoked in the same commit.
  package func save(_ login: Login, by actor: String) async throws {
    let row = try await parts.store.login(named: login.name.text)
    let old = try row.map(read)
    let revision = (row?.revision ?? 0) + 1
    let record = try parts.keyring.seal(login.record, in: RecordContexts.login(login.name.text, revision: revision))
    let stored = StoredLogin(
      name: login.name.text, revision: revision, updatedAt: parts.clock.now(), record: record)
    var batch = WriteBatch()
    let revokes = old.map { $0.verifier != login.verifier || $0.policies != login.policies } ?? false
    if revokes {
      batch = try await tokens.revocation(by: actor) { $0.entity == login.entity }
    }
    batch.intentions.append(.saveLogin(stored))
    batch.ledger.insert(draft(login.name, action: old == nil ? "login-create" : "login-write", by: actor), at: 0)
    try await commit(batch)
    if revokes { try await sweep(login.entity, by: actor) }
  }

  /// Removes a login with all its tokens. False where there is none.
  package func delete(_ name: UserName, by actor: String) async throws -> Bool {
    guard let login = try await login(name) else { return false }
    var batch = try await tokens.revocation(by: actor) { $0.entity == login.entity }
    batch.intentions.append(.deleteLogin(name: name.text))
    batch.ledger.insert(draft(name, action: "login-delete", by: actor), at: 0)
    try await commit(batch)
    try await sweep(login.entity, by: actor)
    return true
  }

  /// Revokes tokens that were stored between the reading of the tokens and the commit that revoked them. After that commit
  /// no token of the former login can be stored any more. A token of the changed login that came meanwhile goes too.
  private func sweep(_ entity: EntityID, by actor: String) async throws {
    let late = try await tokens.revocation(by: actor) { $0.entity == entity }
    guard !late.intentions.isEmpty else { return }
    try await commit(late)
  }

  private func commit(_ batch: WriteBatch) async throws {
    do {
      _ = try await parts.store.commit(batch)
    } catch {
      throw ServiceFault(error)
    }
  }

  private func draft(_ name: UserName, action: String, by actor: String) -> LedgerDraft {
    LedgerDraft(kind: .token, actor: .entity(actor), action: action, subject: name.text, outcome: "ok")
  }

  private func read(_ row: StoredLogin) throws -> Login {
    let record = try parts.keyring.open(row.record, in: RecordContexts.login(row.name, revision: row.revision))
    let login = try Login(record: record)
    guard login.name.text == row.name else { throw StoreFault.damaged(table: "login", column: "name") }
    return login
  }
}
