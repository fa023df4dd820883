package import Cryptography
import Destinations
import Encodings

/// How a mail server is spoken to.
package enum MailSecurity: String, CaseIterable, Hashable, Sendable {
  /// Begins in clear and changes to TLS before anything is said (RFC 3207); without TLS nothing is sent.
  case starttls
  /// TLS from the first byte (RFC 8314).
  case tls
  /// Clear: only on this machine, and without login.
  case none
}

/// Who logs in at the mail server.
package struct MailLogin: Sendable {
  let user: String
  let password: GuardedBytes

  package init(user: String, password: GuardedBytes) {
    self.user = user
    self.password = password
  }
}

/// The client's side of one SMTP dialogue that hands one mail over (RFC 5321), without pipelining: replies in, what is
/// to be done out. It holds no connection.
struct SMTPDialogue: Sendable {
  /// What the connection does next.
  enum Action: Equatable, Sendable {
    case send([UInt8])
    /// A TLS handshake; then `secured()` is asked.
    case startTLS
    /// The server took the mail. The bytes are a farewell, whose answer nobody waits for.
    case delivered([UInt8])
  }

  private enum State {
    case greeting, hello, startingTLS, authPlain, authUser, authSecret, authPassword, sender, recipient, data, message,
      over
  }

  private let security: MailSecurity
  private let login: MailLogin?
  private let from: MailAddress
  private let to: MailAddress
  private let message: [UInt8]
  private var state = State.greeting
  private var isSecure: Bool

  /// Whether all of the mail was said, and the next reply tells whether it is taken.
  var awaitsVerdict: Bool { state == .message }

  /// - Parameter message: as RFC 5322 writes it; line ends may be any.
  init(security: MailSecurity, login: MailLogin?, from: MailAddress, to: MailAddress, message: [UInt8]) {
    self.security = security
    self.login = login
    self.from = from
    self.to = to
    self.message = SMTPData.encoded(message)
    isSecure = security == .tls
  }

  /// The handshake that `startTLS` asked for is done: the dialogue begins anew, and what the server offered before does
  /// not count (RFC 3207 §4.2).
  mutating func secured() -> [UInt8] {
    isSecure = true
    state = .hello
    return hello
  }

  mutating func receive(_ reply: SMTPReply) throws(MailFailure) -> Action {
    switch state {
    case .greeting:
      try expect(reply, [220], .greeting)
      state = .hello
      return .send(hello)
    case .hello:
      try expect(reply, [250], .hello)
      return try afterHello(reply)
    case .startingTLS:
      try expect(reply, [220], .starttls)
      return .startTLS
    case .authPlain, .authPassword:
      try expect(reply, [235], .authentication)
      return sender()
    case .authUser:
      try expect(reply, [334], .authentication)
      state = .authSecret
      return .send(Self.line(Base64.encodeBytes(Array((login?.user ?? "").utf8))))
    case .authSecret:
      try expect(reply, [334], .authentication)
      state = .authPassword
      return .send(Self.line(password { Base64.encodeBytes(Array($0)) }))
    case .sender:
      try expect(reply, [250], .sender)
      state = .recipient
      return .send(Self.command("RCPT TO:<\(to.text)>"))
    case .recipient:
      try expect(reply, [250, 251], .recipient)
      state = .data
      return .send(Self.command("DATA"))
    case .data:
      try expect(reply, [354], .data)
      state = .message
      return .send(message)
    case .message:
      // Any code of 2xx takes it (RFC 5321 §4.2.1): a mail that was taken is not sent once more.
      try expect(reply, Array(200...299), .message)
      state = .over
      return .delivered(Self.farewell)
    case .over: throw .speech(.unasked)
    }
  }

  private mutating func afterHello(_ reply: SMTPReply) throws(MailFailure) -> Action {
    let offers = SMTPOffers(reply)
    if !isSecure, security == .starttls {
      guard offers.hasStartTLS else { throw .speech(.noStartTLS) }
      state = .startingTLS
      return .send(Self.command("STARTTLS"))
    }
    if let limit = offers.maximumBytes, message.count > limit { throw .tooLarge }
    guard let login else { return sender() }
    // A password never leaves in clear, whoever asks for it.
    guard isSecure else { throw .clearBeyondLoopback }
    if offers.authentication.contains("PLAIN") {
      state = .authPlain
      let response = password { Base64.encodeBytes([0] + Array(login.user.utf8) + [0] + Array($0)) }
      return .send(Self.line(Array("AUTH PLAIN ".utf8) + response))
    }
    guard offers.authentication.contains("LOGIN") else { throw .speech(.noAuthentication) }
    state = .authUser
    return .send(Self.command("AUTH LOGIN"))
  }

  private mutating func sender() -> Action {
    state = .sender
    return .send(Self.command("MAIL FROM:<\(from.text)>"))
  }

  private func password(_ encode: (UnsafeRawBufferPointer) -> [UInt8]) -> [UInt8] {
    login?.password.withBytes { encode($0) } ?? []
  }

  private static func command(_ text: String) -> [UInt8] { line(Array(text.utf8)) }
  private static func line(_ bytes: [UInt8]) -> [UInt8] { bytes + [0x0D, 0x0A] }

  static let farewell = command("QUIT")

  private var hello: [UInt8] { Self.command("EHLO \(from.domain)") }

  private func expect(_ reply: SMTPReply, _ codes: [Int], _ stage: MailFailure.Stage) throws(MailFailure) {
    guard !codes.contains(reply.code) else { return }
    throw (400...599).contains(reply.code) ? .reply(code: reply.code, stage) : .speech(.notSMTP)
  }
}

/// What a server offers in its answer to EHLO, as far as it matters here.
private struct SMTPOffers {
  var hasStartTLS = false
  /// In capital letters.
  var authentication: Set<String> = []
  /// Nil where the server names no limit.
  var maximumBytes: Int?

  init(_ reply: SMTPReply) {
    for line in reply.lines.dropFirst() {
      let words = line.uppercased().split(separator: " ")
      switch words.first {
      case "STARTTLS": hasStartTLS = true
      case "AUTH": authentication.formUnion(words.dropFirst().map(String.init))
      case "SIZE": maximumBytes = words.dropFirst().first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
      default: break
      }
    }
  }
}

/// A message as it stands behind DATA.
enum SMTPData {
  /// Lines end in CR LF, a dot that begins a line is doubled, and a line with a dot alone ends it (RFC 5321 §4.5.2), so
  /// nothing in a message can end it early.
  static func encoded(_ message: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(message.count + message.count / 64 + 5)
    var isAtLineStart = true
    var index = 0
    while index < message.count {
      let byte = message[index]
      index += 1
      if byte == 0x0D || byte == 0x0A {
        if byte == 0x0D, index < message.count, message[index] == 0x0A { index += 1 }
        encoded += [0x0D, 0x0A]
        isAtLineStart = true
        continue
      }
      if isAtLineStart, byte == UInt8(ascii: ".") { encoded.append(byte) }
      encoded.append(byte)
      isAtLineStart = false
    }
    if !isAtLineStart { encoded += [0x0D, 0x0A] }
    return encoded + [UInt8(ascii: "."), 0x0D, 0x0A]
  }
}
