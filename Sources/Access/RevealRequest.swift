internal import Cryptography
package import Encodings

/// Names one request to have a value shown: 32 hexadecimal digits, random. It is no secret: it opens nothing by itself.
package struct RevealID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package static func generate() -> RevealID { RevealID(unchecked: Hex.encode(RandomBytes.make(16))) }

  /// Nil for anything but 32 lower-case hexadecimal digits.
  package init?(_ text: String) {
    guard text.utf8.count == 32,
      text.utf8.allSatisfy({
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      })
    else { return nil }
    self.text = text
  }

  private init(unchecked text: String) { self.text = text }

  package var description: String { text }
}

/// What is to be shown: a handle, never a value. The path is the one that policies are asked about.
package struct RevealSubject: Hashable, Sendable {
  package let path: AccessPath
  /// Of a secret its version; of a run the number of the log's line.
  package let version: UInt64
  /// Which part of it: a field of a secret, or a part of a line. Nil: all of a secret.
  package let part: String?

  package init(path: AccessPath, version: UInt64, part: String?) {
    self.path = path
    self.version = version
    self.part = part
  }
}

/// Why a request to have a value shown cannot go on.
package enum RevealRefusal: Error, Equatable, Sendable {
  /// The authorization is not one to reveal, or for another path.
  case wrongAuthorization
  case expired
  /// It is not in the state for this: the word of the state that it is in.
  case state(String)
  /// The second person is the one who asked.
  case ownRequest
  /// Root is nobody: the second person must be somebody who can be asked.
  case rootConsent
  /// Somebody else asked.
  case otherRequester

  package var message: String {
    switch self {
    case .wrongAuthorization: "the token may not have this value shown"
    case .expired: "the request has expired; ask again"
    case .state(let word): "the request is \(word) already"
    case .ownRequest: "whoever asks cannot consent; another person must"
    case .rootConsent: "the root token cannot consent; log in as a person"
    case .otherRequester: "only the person who asked can have the value shown"
    }
  }
}

/// Proof that a second person consented to one showing: made by `RevealRequest.take` alone.
package struct ConsentedReveal: Sendable {
  let authorization: Authorization
  let reason: DisclosureReason

  fileprivate init(authorization: Authorization, reason: DisclosureReason) {
    self.authorization = authorization
    self.reason = reason
  }
}

/// A request to have a value shown to a person where the policies want two: one asks, another consents, the first has it
/// shown, once. Bound to what is shown and its version, to who asked, to the reason and to an end. A pure value; whoever
/// stores it stores each step under the revision that it had read, so that no step happens twice.
package struct RevealRequest: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case waiting
    case consented(by: EntityID)
    case declined(by: EntityID)
    case shown(consentBy: EntityID)

    package var word: String {
      switch self {
      case .waiting: "waiting"
      case .consented: "consented"
      case .declined: "declined"
      case .shown: "shown"
      }
    }

    /// Who consented or declined.
    package var secondPerson: EntityID? {
      switch self {
      case .waiting: nil
      case .consented(let entity), .declined(let entity), .shown(let entity): entity
      }
    }
  }

  package let id: RevealID
  package let subject: RevealSubject
  package let requester: EntityID
  package let reason: DisclosureReason
  package let requestedAt: Instant
  package let expiresAt: Instant
  package let state: State

  /// A new request. Refused unless the authorization is one to reveal this very path.
  package static func ask(
    for subject: RevealSubject, by authorization: Authorization, reason: DisclosureReason,
    id: RevealID = .generate(), now: Instant
  ) -> Result<RevealRequest, RevealRefusal> {
    guard authorization.capability == .reveal, authorization.path == subject.path else {
      return .failure(.wrongAuthorization)
    }
    return .success(
      RevealRequest(
        id: id, subject: subject, requester: authorization.token.entity, reason: reason, requestedAt: now,
        expiresAt: now.advanced(byMilliseconds: AccessLimits.revealMilliseconds), state: .waiting))
  }

  /// After a second person's consent. `authorization` says who it is; what it was for the caller has checked.
  package func consented(by authorization: Authorization, now: Instant) -> Result<RevealRequest, RevealRefusal> {
    let person = authorization.token.entity
    guard now < expiresAt else { return .failure(.expired) }
    guard case .waiting = state else { return .failure(.state(state.word)) }
    guard !authorization.token.isRoot, person != .root else { return .failure(.rootConsent) }
    guard person != requester else { return .failure(.ownRequest) }
    return .success(with(.consented(by: person)))
  }

  /// After a refusal, or a withdrawal by whoever asked: also of what was consented to and not shown yet.
  package func declined(by authorization: Authorization, now: Instant) -> Result<RevealRequest, RevealRefusal> {
    guard now < expiresAt else { return .failure(.expired) }
    switch state {
    case .waiting, .consented: return .success(with(.declined(by: authorization.token.entity)))
    case .declined, .shown: return .failure(.state(state.word))
    }
  }

  /// The one showing: the request as it is afterwards, and the proof that the disclosing door takes. Store the first
  /// before the second is used.
  package func take(
    by authorization: Authorization, now: Instant
  ) -> Result<(after: RevealRequest, proof: ConsentedReveal), RevealRefusal> {
    guard authorization.capability == .reveal, authorization.path == subject.path else {
      return .failure(.wrongAuthorization)
    }
    guard authorization.token.entity == requester else { return .failure(.otherRequester) }
    guard now < expiresAt else { return .failure(.expired) }
    guard case .consented(let second) = state else { return .failure(.state(state.word)) }
    return .success(
      (with(.shown(consentBy: second)), ConsentedReveal(authorization: authorization, reason: reason)))
  }

  private func with(_ state: State) -> RevealRequest {
    RevealRequest(
      id: id, subject: subject, requester: requester, reason: reason, requestedAt: requestedAt, expiresAt: expiresAt,
      state: state)
  }

  private init(
    id: RevealID, subject: RevealSubject, requester: EntityID, reason: DisclosureReason, requestedAt: Instant,
    expiresAt: Instant, state: State
  ) {
    self.id = id
    self.subject = subject
    self.requester = requester
    self.reason = reason
    self.requestedAt = requestedAt
    self.expiresAt = expiresAt
    self.state = state
  }
}

extension RevealRequest {
  /// The record to be sealed: canonical JSON with a fixed order of keys.
  package var record: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("format")
    writer.integer(1)
    writer.key("id")
    writer.string(id.text)
    writer.key("path")
    writer.string(subject.path.text)
    writer.key("version")
    writer.integer(Int64(clamping: subject.version))
    writer.key("part")
    if let part = subject.part { writer.string(part) } else { writer.null() }
    writer.key("requester")
    writer.string(requester.text)
    writer.key("reason")
    writer.string(reason.text)
    writer.key("requested_at")
    writer.integer(requestedAt.millisecondsSinceEpoch)
    writer.key("expires_at")
    writer.integer(expiresAt.millisecondsSinceEpoch)
    writer.key("state")
    writer.string(state.word)
    writer.key("second_person")
    if let person = state.secondPerson { writer.string(person.text) } else { writer.null() }
    writer.endObject()
    return writer.finish()
  }

  /// Reads a record back. Throws `record` for anything that `record` did not write.
  package init(record: [UInt8]) throws(AccessError) {
    guard let request = Self.read(record), request.record == record else { throw .record }
    self = request
  }

  private static func read(_ record: [UInt8]) -> RevealRequest? {
    guard let tape = try? JSONTape(record), tape.kind(tape.root) == .object else { return nil }
    func text(_ key: String) -> String? { tape.member(tape.root, key).flatMap(tape.string) }
    func number(_ key: String) -> Int64? { tape.member(tape.root, key).flatMap(tape.integer) }
    guard let id = text("id").flatMap(RevealID.init), let path = text("path").flatMap({ try? AccessPath($0) }),
      let version = number("version").flatMap({ UInt64(exactly: $0) }),
      let requester = text("requester").flatMap({ try? EntityID($0) }),
      let reason = text("reason").flatMap({ try? DisclosureReason($0) }),
      let requestedAt = number("requested_at"), let expiresAt = number("expires_at"),
      let state = state(text("state"), text("second_person").flatMap { try? EntityID($0) })
    else { return nil }
    return RevealRequest(
      id: id, subject: RevealSubject(path: path, version: version, part: text("part")), requester: requester,
      reason: reason, requestedAt: Instant(millisecondsSinceEpoch: requestedAt),
      expiresAt: Instant(millisecondsSinceEpoch: expiresAt), state: state)
  }

  private static func state(_ word: String?, _ person: EntityID?) -> State? {
    switch (word, person) {
    case ("waiting", nil): .waiting
    case ("consented", let person?): .consented(by: person)
    case ("declined", let person?): .declined(by: person)
    case ("shown", let person?): .shown(consentBy: person)
    default: nil
    }
  }
}
