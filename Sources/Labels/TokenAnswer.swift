import Encodings

/// What an authorisation server answered to a token request (RFC 6749 §5). The tokens are labelled here, before anything
/// else sees the answer; of an error only its code is taken, and only from the fixed list.
package enum TokenAnswer: Sendable {
  case granted(Granted)
  case refused(TokenErrorCode)
  /// Neither: another status, no JSON object, a member of another form than §5.1 has it.
  case unreadable(Cause)

  /// Why an answer is neither a token nor an error.
  package enum Cause: String, Hashable, Sendable {
    /// Another status, no JSON object, or no token and no known error in it.
    case answer = "unreadable"
    /// The token is of another type than `Bearer`.
    case type
    /// `expires_in` is no whole number of seconds, or below zero.
    case lifetime
    /// A token is empty, too long, or no text of visible characters and spaces.
    case form
  }

  /// A new token.
  package struct Granted: Sendable {
    package let access: LabeledText
    /// What the next one is fetched with; nil where the server gave none.
    package let refresh: LabeledText?
    /// How many seconds it lives, as the server says; nil where it does not.
    package let lifetimeSeconds: Int64?
  }

  /// How the answer is to be read.
  package struct Reading: Sendable {
    /// The member that holds the token: `access_token` by RFC 6749.
    let tokenName: String
    /// Whether another `token_type` than `Bearer` is refused (§7.1: a client must not use a type that it does not know).
    let requiresBearer: Bool
    let access: Label
    let refresh: Label

    package init(tokenName: String, requiresBearer: Bool, access: Label, refresh: Label) {
      self.tokenName = tokenName
      self.requiresBearer = requiresBearer
      self.access = access
      self.refresh = refresh
    }
  }

  /// The longest token that is taken, in bytes: headers are bounded by most servers at 8 KiB and more.
  package static let maximumTokenBytes = 16_384
  /// A year: a longer life is cut down to it.
  static let maximumLifetimeSeconds: Int64 = 31_536_000

  /// Reads an answer whose body is within its limit.
  package static func read(status: Int, body: [UInt8], as reading: Reading) -> TokenAnswer {
    guard let tape = try? JSONTape(body), tape.kind(tape.root) == .object else { return .unreadable(.answer) }
    // Some servers write every member into every answer, and leave those that do not apply empty.
    if let code = tape.member(tape.root, "error").flatMap({ tape.string($0) }), !code.isEmpty {
      // Some servers answer errors with 200.
      return TokenErrorCode(rawValue: code).map { .refused($0) } ?? .unreadable(.answer)
    }
    guard (200...299).contains(status), let member = tape.member(tape.root, reading.tokenName),
      tape.kind(member) != .null
    else { return .unreadable(.answer) }
    guard let access = token(tape, reading.tokenName) else { return .unreadable(.form) }
    if reading.requiresBearer, let type = tape.member(tape.root, "token_type"), tape.kind(type) != .null {
      guard tape.string(type)?.lowercased() == "bearer" else { return .unreadable(.type) }
    }
    let lifetime: Int64?
    switch seconds(tape) {
    case .some(let read):
      guard let read else { return .unreadable(.lifetime) }
      // 0 is how some say that it has no end.
      lifetime = read == 0 ? nil : read
    case .none: lifetime = nil
    }
    let refresh: [UInt8]?
    switch tape.member(tape.root, "refresh_token").map({ (node: $0, kind: tape.kind($0)) }) {
    case nil, (_, .null)?: refresh = nil
    case let (node, .string)? where tape.stringBytes(node)?.isEmpty == true: refresh = nil
    case _?:
      guard let read = token(tape, "refresh_token") else { return .unreadable(.form) }
      refresh = read
    }
    return .granted(
      Granted(
        access: LabeledText(text: access, label: reading.access),
        refresh: refresh.map { LabeledText(text: $0, label: reading.refresh) }, lifetimeSeconds: lifetime))
  }

  /// A member that is a text of visible characters and spaces (RFC 6749 A.12, A.17), so that it fits into a header.
  private static func token(_ tape: JSONTape, _ name: String) -> [UInt8]? {
    guard let bytes = tape.member(tape.root, name).flatMap({ tape.stringBytes($0) }),
      (1...maximumTokenBytes).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return nil }
    return bytes
  }

  /// At most the longest life. Outer nil: there is no `expires_in`. Inner nil: it is no whole number, or below zero. Some
  /// servers write the number as a text, and some with a point (3600.0); it is read digit by digit, so that no fraction is
  /// lost, and none becomes 0.
  private static func seconds(_ tape: JSONTape) -> Int64?? {
    guard let node = tape.member(tape.root, "expires_in") else { return .none }
    switch tape.kind(node) {
    case .null: return .none
    case .number: return .some(wholeSeconds(tape.text(node)))
    case .string:
      guard let text = tape.stringBytes(node), !text.isEmpty else { return .none }
      // A text may have zeros in front, which no number of JSON has; the last one may be the number's own (0, 0.0).
      let rest = text.drop { $0 == UInt8(ascii: "0") }
      let hasDigit = rest.first.map { (0x30...0x39).contains($0) } ?? false
      return .some(wholeSeconds(hasDigit ? rest : text.suffix(rest.count + 1)))
    case .object, .array, .true, .false: return .some(nil)
    }
  }

  private static func wholeSeconds(_ text: some Collection<UInt8>) -> Int64? {
    DecimalText(text)?.wholeNumber(atMost: maximumLifetimeSeconds)
  }
}

/// The error codes of RFC 6749 §5.2, and of §4.1.2.1 where a person said no.
package enum TokenErrorCode: String, Hashable, Sendable, CaseIterable {
  case invalidRequest = "invalid_request"
  case invalidClient = "invalid_client"
  case invalidGrant = "invalid_grant"
  case unauthorizedClient = "unauthorized_client"
  case unsupportedGrantType = "unsupported_grant_type"
  case invalidScope = "invalid_scope"
  case accessDenied = "access_denied"
  case unsupportedResponseType = "unsupported_response_type"
  case serverError = "server_error"
  case temporarilyUnavailable = "temporarily_unavailable"
}
