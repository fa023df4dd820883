import Cryptography
import Destinations
import Encodings
import Testing

@testable import Egress

@Suite("The SMTP dialogue")
struct SMTPDialogueTests {
  private static func dialogue(_ security: MailSecurity, login: Bool = true) throws -> SMTPDialogue {
    SMTPDialogue(
      security: security,
      login: login ? MailLogin(user: "bot", password: GuardedBytes(copying: Array("pass".utf8))) : nil,
      from: try #require(MailAddress("a@example.org")), to: try #require(MailAddress("b@example.com")),
      message: Array("Subject: x\n\n.\n..y".utf8))
  }

  /// What is sent, as text: the replies of a server, each of which is one step; `TLS` stands for a handshake.
  private static func play(
    _ replies: [String], _ security: MailSecurity, login: Bool = true
  ) throws(MailFailure) -> [String] {
    guard var dialogue = try? dialogue(security, login: login) else { return [] }
    var sent: [String] = []
    for reply in replies {
      var reader = SMTPReplyReader()
      try reader.push(Array((reply + "\r\n").utf8))
      guard let read = try reader.next() else { throw .speech(.notSMTP) }
      switch try dialogue.receive(read) {
      case .send(let bytes): sent.append(String(decoding: bytes, as: UTF8.self))
      case .startTLS: sent += ["TLS", String(decoding: dialogue.secured(), as: UTF8.self)]
      case .delivered(let farewell): sent += ["DELIVERED", String(decoding: farewell, as: UTF8.self)]
      }
    }
    return sent
  }

  private static let ending = ["250 ok", "250 ok", "354 go", "250 taken"]
  private static let envelope = [
    "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n",
    "Subject: x\r\n\r\n..\r\n...y\r\n.\r\n", "DELIVERED", "QUIT\r\n",
  ]

  @Test("Before TLS it says EHLO and STARTTLS only; afterwards it begins anew and logs in")
  func startTLS() throws {
    let sent = try Self.play(
      ["220 hi", "250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS", "220 go", "250-x\r\n250 AUTH LOGIN PLAIN", "235 ok"]
        + Self.ending, .starttls)
    #expect(
      sent == [
        "EHLO example.org\r\n", "STARTTLS\r\n", "TLS", "EHLO example.org\r\n",
        "AUTH PLAIN \(Base64.encode(Array("\0bot\0pass".utf8)))\r\n",
      ] + Self.envelope)
  }

  @Test("Where only LOGIN is offered, user and password are answers")
  func authLogin() throws {
    let sent = try Self.play(
      ["220 hi", "250-x\r\n250 auth login", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"] + Self.ending, .tls)
    #expect(
      sent == [
        "EHLO example.org\r\n", "AUTH LOGIN\r\n", Base64.encode(Array("bot".utf8)) + "\r\n",
        Base64.encode(Array("pass".utf8)) + "\r\n",
      ] + Self.envelope)
  }

  @Test("Without a login none is made, in clear on this machine as well")
  func noLogin() throws {
    let sent = try Self.play(["220 hi", "250 x"] + Self.ending, .none, login: false)
    #expect(sent == ["EHLO example.org\r\n"] + Self.envelope)
  }

  @Test(
    "What a server must not say ends it, and no password leaves",
    arguments: [
      (["220 hi", "250 x"], MailSecurity.starttls, MailFailure.speech(.noStartTLS)),
      (["220 hi", "250-x\r\n250 STARTTLS", "454 no"], .starttls, .reply(code: 454, .starttls)),
      (["220 hi", "250-x\r\n250 STARTTLS", "250 x"], .starttls, .speech(.notSMTP)),
      (["220 hi", "250-x\r\n250 AUTH PLAIN"], .none, .clearBeyondLoopback),
      (["220 hi", "250-x\r\n250 AUTH CRAM-MD5"], .tls, .speech(.noAuthentication)),
      (["220 hi", "250-x\r\n250-SIZE 10\r\n250 AUTH PLAIN"], .tls, .tooLarge),
      (["220 hi", "250-x\r\n250 AUTH PLAIN", "535 no"], .tls, .reply(code: 535, .authentication)),
      (["220 hi", "250-x\r\n250 AUTH PLAIN", "334 "], .tls, .speech(.notSMTP)),
      (["554 no"], .tls, .reply(code: 554, .greeting)),
      (["250 x"], .tls, .speech(.notSMTP)),
      (["220 hi", "250-x\r\n250 AUTH PLAIN", "235 ok", "250 ok", "451 later"], .tls, .reply(code: 451, .recipient)),
    ])
  func refused(replies: [String], security: MailSecurity, failure: MailFailure) {
    #expect(throws: failure) { _ = try Self.play(replies, security) }
  }

  @Test("Any code of 2xx takes the mail, and its verdict is awaited from the mail's last line on")
  func taken() throws {
    let sent = try Self.play(["220 hi", "250 x", "250 ok", "250 ok", "354 go", "251 taken"], .none, login: false)
    #expect(sent.suffix(2) == ["DELIVERED", "QUIT\r\n"])
    var dialogue = try Self.dialogue(.none, login: false)
    var awaited: [Bool] = []
    for code in [220, 250, 250, 250, 354, 250] {
      _ = try dialogue.receive(SMTPReply(code: code, lines: [""]))
      awaited.append(dialogue.awaitsVerdict)
    }
    #expect(awaited == [false, false, false, false, true, false])
  }

  @Test("A connection that ends before the verdict is tried again, and nobody says that nothing was sent")
  func unanswered() {
    let failure = MailFailure.unanswered(.disconnected(.closed))
    #expect(failure.mayHaveArrived)
    #expect(!failure.isFinal)
    #expect(failure.word == "disconnected")
    #expect(failure.message.contains("it may arrive"))
    #expect(!MailFailure.connection(.disconnected(.closed)).mayHaveArrived)
  }

  @Test("4xx and faults of the connection are tried again, 5xx is final, and no text of the server is shown")
  func words() {
    #expect(!MailFailure.reply(code: 451, .recipient).isFinal)
    #expect(MailFailure.reply(code: 550, .recipient).isFinal)
    #expect(!MailFailure.connection(.timeout(.request)).isFinal)
    #expect(!MailFailure.speech(.noStartTLS).isFinal)
    #expect(MailFailure.reply(code: 550, .recipient).word == "reply 550 to recipient")
  }

  @Test(
    "What is no reply is a fault",
    arguments: [
      "220 a\n", "22 a\r\n", "abc\r\n", "220_a\r\n", "250-a\r\n251 b\r\n", "620 a\r\n", "220 a\u{0}\r\n", "\n",
      "120 a\r\n", "220 a\rb\r\n",
    ])
  func noReply(text: String) throws {
    #expect(throws: MailFailure.speech(.notSMTP)) {
      var reader = SMTPReplyReader()
      try reader.push(Array(text.utf8))
      while try reader.next() != nil {}
    }
  }

  @Test("Lines and replies without an end are a fault before they fill the memory")
  func bounds() {
    #expect(throws: MailFailure.speech(.tooLong)) {
      var reader = SMTPReplyReader()
      try reader.push([UInt8](repeating: 0x61, count: SMTPReplyReader.maximumLineBytes + 1))
      _ = try reader.next()
    }
    #expect(throws: MailFailure.speech(.tooLong)) {
      var reader = SMTPReplyReader()
      for _ in 0...SMTPReplyReader.maximumLines {
        try reader.push(Array("250-a\r\n".utf8))
        _ = try reader.next()
      }
    }
  }

  @Test("A reply is the same however its bytes are cut, and what follows it is seen")
  func cuts() throws {
    let bytes = Array("250-a b\r\n250\r\n".utf8)
    for cut in 0...bytes.count {
      var reader = SMTPReplyReader()
      try reader.push(bytes[..<cut])
      var reply = try reader.next()
      if cut < bytes.count { #expect(reply == nil) }
      try reader.push(bytes[cut...])
      if let next = try reader.next() { reply = next }
      #expect(reply == SMTPReply(code: 250, lines: ["a b", ""]))
      #expect(!reader.holdsMore)
      try reader.push(Array("2".utf8))
      #expect(reader.holdsMore)
    }
  }

  @Test("No message can end itself: whatever its line ends, a dot alone stands at its end only")
  func stuffing() {
    for end in ["\n", "\r", "\r\n"] {
      let text = ["a", ".", "..", "", ".b", "QUIT", "."].joined(separator: end)
      let encoded = String(decoding: SMTPData.encoded(Array(text.utf8)), as: UTF8.self)
      #expect(encoded == "a\r\n..\r\n...\r\n\r\n..b\r\nQUIT\r\n..\r\n.\r\n")
    }
    #expect(SMTPData.encoded([]) == Array(".\r\n".utf8))
  }
}
