package import Access
package import Cryptography
package import Destinations
import Egress
package import Encodings
import Keyring
import Ledger
import Storage

/// The mail server that the installation sends through. Settings and password are one sealed value: neither can be
/// replaced without the other, so a password is never used at another host than it was entered for.
package struct MailBook: Sendable {
  private let parts: ServiceParts

  package init(parts: ServiceParts) { self.parts = parts }

  /// What is said where no settings are.
  package static let noServer = ServiceFault.notFound(kind: serverKind, name: "mail")
  /// There is one at most, so its fault names no other.
  static let serverKind = "mail server"

  /// What is kept, opened.
  struct Opened: Sendable {
    let settings: MailSettings
    let password: GuardedBytes?
    let row: SealedRow

    var login: MailLogin? {
      guard let user = settings.user, let password else { return nil }
      return MailLogin(user: user, password: password)
    }
  }

  /// The settings as far as anybody may see them, and since when; nil where none are set.
  package func settings() async throws -> (settings: MailSettings, updatedAt: Instant)? {
    try await open().map { ($0.settings, $0.row.updatedAt) }
  }

  /// Writes the settings; mails that waited for them are due from now on.
  ///
  /// - Parameter password: nil keeps the one that is there, where it was entered for the same server, user and trust.
  package func save(_ settings: MailSettings, password: GuardedBytes?, by authorization: Authorization) async throws {
    let old = try await open()
    var secret = password
    if settings.user == nil {
      guard secret == nil else {
        throw ServiceFault.invalid(field: "password", sentence: "There is a password, but nobody logs in: name a user.")
      }
    } else if secret == nil, let old, settings.keepsPassword(of: old.settings) {
      secret = old.password
    }
    if settings.user != nil, secret == nil {
      throw ServiceFault.invalid(
        field: "password",
        sentence: "The password must be entered: the one that is kept, if any, is for another server or user.")
    }
    if let secret, secret.withBytes({ $0.isEmpty || $0.count > Self.maximumPasswordBytes || $0.contains(0) }) {
      throw ServiceFault.invalid(
        field: "password", sentence: "The password has 1 to \(Self.maximumPasswordBytes) bytes, none of them NUL.")
    }
    // The time keeps it growing past settings that were deleted, whose number is gone with their row.
    let generation = max(
      (old?.row.generation ?? 0) + 1, UInt64(clamping: parts.clock.now().millisecondsSinceEpoch))
    var plain = LengthPrefixed()
    plain.append(settings.record)
    if let secret { secret.withBytes { plain.append(Array($0)) } }
    let now = parts.clock.now()
    let row = SealedRow(
      place: Self.place, generation: generation, boundTo: "\(settings.host)", updatedAt: now,
      value: try parts.keyring.seal(plain.bytes, in: try Self.context(generation)))
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(authorization.token.entity.text), action: "set", subject: "mail",
      outcome: "ok", commitment: row.value?.digest)
    do {
      _ = try await parts.store.commit(
        WriteBatch([.saveSealedRow(row), .account(.release(.mail, at: now))], ledger: [draft]))
    } catch {
      throw ServiceFault(error)
    }
  }

  /// Deletes the settings and the password. Throws `notFound` where there are none, `conflict` with the runbooks that ask
  /// for mails.
  package func delete(by authorization: Authorization, library: DocumentLibrary) async throws {
    guard try await open() != nil else { throw Self.noServer }
    let draft = LedgerDraft(
      kind: .secret, actor: .entity(authorization.token.entity.text), action: "clear", subject: "mail", outcome: "ok")
    let deletion = UnusedDeletion(
      library: library, isUsed: { $0.onFailure.mail != nil },
      refusal: { .conflict("Runbooks ask for mails when they fail: \(Self.listed($0)).") })
    try await deletion.commit(WriteBatch([.deleteSealedRow(Self.place)], ledger: [draft]))
  }

  /// The first of them, and how many more there are.
  static func listed(_ names: [String]) -> String {
    let shown = names.sorted().prefix(10).map { "`\($0)`" }.joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
  }

  /// Sends one mail now, to see whether the settings are right. Throws `notFound` without settings, `MailFailure` where
  /// the mail was not taken.
  package func test(to: MailAddress) async throws {
    guard let opened = try await open() else { throw Self.noServer }
    let now = parts.clock.now()
    let mail = MailMessage(
      from: opened.settings.from, to: to, subject: "Chancery can send mail",
      text: "This mail was asked for with `chancery mail test`.\n", html: nil,
      id: "test \(now.millisecondsSinceEpoch) \(to.text)", date: now)
    try await parts.client.deliver(mail, through: opened.settings.server, login: opened.login)
  }

  func open() async throws -> Opened? {
    guard let row = try await parts.store.sealedRows(owner: Self.place.owner).first(where: { $0.place == Self.place }),
      let value = row.value
    else { return nil }
    let plain: GuardedBytes
    do {
      plain = try parts.keyring.openGuarded(value, in: try Self.context(row.generation))
    } catch {
      guard case .sealed = ServiceFault(error) else {
        throw ServiceFault.cannotOpen(place: "the mail server's settings", reason: "does not open")
      }
      throw ServiceFault.sealed
    }
    let read = plain.withBytes { bytes -> (MailSettings, GuardedBytes?)? in
      var reader = LengthPrefixedReader(Array(bytes)[...])
      guard let record = reader.next() else { return nil }
      var fields = LengthPrefixedReader(record)
      guard let settings = MailSettings(&fields), fields.isAtEnd else { return nil }
      guard let secret = reader.next() else { return (settings, nil) }
      return reader.isAtEnd ? (settings, GuardedBytes(copying: secret)) : nil
    }
    guard let (settings, password) = read else {
      throw ServiceFault.cannotOpen(place: "the mail server's settings", reason: "not settings")
    }
    return Opened(settings: settings, password: password, row: row)
  }

  private static let maximumPasswordBytes = 1_024
  private static let place = SealedPlace(owner: SealedOwner.mail("server"), kind: .auth, name: "settings")

  private static func context(_ generation: UInt64) throws -> EnvelopeContext {
    guard let context = SealedValues.context(of: place, generation: generation) else {
      throw StoreFault.damaged(table: "sealed_row", column: "owner")
    }
    return context
  }
}
