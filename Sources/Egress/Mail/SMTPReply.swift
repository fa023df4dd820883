/// One reply of a mail server: a code and its lines without the code (RFC 5321 §4.2).
struct SMTPReply: Equatable, Sendable {
  let code: Int
  let lines: [String]

  var isPositive: Bool { (200...299).contains(code) }
}

/// Cuts what a server sends into replies. Everything is bounded; whatever is not as RFC 5321 writes it is a fault.
struct SMTPReplyReader: Sendable {
  /// A line without its end: 512 octets are the protocol's own limit (§4.5.3.1.5); some servers write longer ones.
  static let maximumLineBytes = 2048
  static let maximumLines = 128

  private var buffer: [UInt8] = []
  private var lines: [String] = []
  private var code: Int?

  /// Whether bytes are here that no reply was made of.
  var holdsMore: Bool { !buffer.isEmpty || code != nil }

  mutating func push(_ bytes: some Sequence<UInt8>) throws(MailFailure) {
    buffer += bytes
    guard buffer.count <= Self.maximumLineBytes * Self.maximumLines else { throw .speech(.tooLong) }
  }

  /// The next whole reply; nil while it is not there.
  mutating func next() throws(MailFailure) -> SMTPReply? {
    while let end = buffer.firstIndex(of: 0x0A) {
      guard end > 0, buffer[end - 1] == 0x0D else { throw .speech(.notSMTP) }
      let line = Array(buffer[..<(end - 1)])
      buffer.removeSubrange(...end)
      if let reply = try take(line) { return reply }
    }
    guard buffer.count <= Self.maximumLineBytes else { throw .speech(.tooLong) }
    return nil
  }

  private mutating func take(_ line: [UInt8]) throws(MailFailure) -> SMTPReply? {
    guard line.count <= Self.maximumLineBytes, lines.count < Self.maximumLines else { throw .speech(.tooLong) }
    let digits = line.prefix(3)
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }), (0x32...0x35).contains(line[0]),
      !line.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
    else { throw .speech(.notSMTP) }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard code ?? number == number else { throw .speech(.notSMTP) }
    lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
    switch line.dropFirst(3).first {
    case UInt8(ascii: "-"):
      code = number
      return nil
    case nil, UInt8(ascii: " "):
      defer { (lines, code) = ([], nil) }
      return SMTPReply(code: number, lines: lines)
    default: throw .speech(.notSMTP)
    }
  }
}
