import Cryptography
package import Destinations
package import Encodings

/// One mail as RFC 5322 and MIME write it. Its headers are addresses that were checked, a date, a digest, and a subject
/// of which every byte outside plain words is encoded: no value can become a header.
package struct MailMessage: Sendable {
  let from: MailAddress
  let to: MailAddress
  let subject: String
  let text: String?
  let html: String?
  let id: String
  let date: Instant

  /// - Parameters:
  ///   - id: what the mail is known by; each attempt of one mail has the same.
  ///   - date: when what it tells of happened.
  package init(
    from: MailAddress, to: MailAddress, subject: String, text: String?, html: String?, id: String, date: Instant
  ) {
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.html = html
    self.id = id
    self.date = date
  }

  /// The same bytes for the same mail.
  package var bytes: [UInt8] {
    let digest = String(Hex.encode(Digest.sha256(Array(id.utf8))).prefix(32))
    var lines = [
      "Date: \(HTTPDate.format(date).dropLast(3))+0000", "From: \(from.text)", "To: \(to.text)",
      "Subject: \(Self.encodedSubject(subject))", "Message-ID: <\(digest)@\(from.domain)>",
      // RFC 3834: so that no responder answers.
      "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
    ]
    let parts = [("plain", text), ("html", html)].compactMap { kind, body in body.map { (kind, $0) } }
    if parts.count == 1 {
      lines += Self.part(parts[0].0, parts[0].1)
    } else {
      // Base 64 has no hyphen, so no body can hold the boundary.
      let boundary = "=_\(digest)"
      lines += ["Content-Type: multipart/alternative;", " boundary=\"\(boundary)\"", ""]
      for (kind, body) in parts { lines += ["--\(boundary)"] + Self.part(kind, body) }
      lines += ["--\(boundary)--"]
    }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  private static func part(_ kind: String, _ body: String) -> [String] {
    [
      "Content-Type: text/\(kind); charset=utf-8", "Content-Transfer-Encoding: base64", "",
    ] + base64Lines(SMTPData.lines(Array(body.utf8)))
  }

  /// Of 76 characters (RFC 2045 §6.8).
  private static func base64Lines(_ bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count, by: 57).map { Base64.encode(bytes[$0..<min($0 + 57, bytes.count)]) }
  }

  /// As it is where it is short, printable ASCII that no reader takes for an encoded word; else encoded words of whole
  /// characters (RFC 2047 §2 and §5), each on a line of its own.
  static func encodedSubject(_ subject: String) -> String {
    let isPlain = subject.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !subject.contains("=?")
    if isPlain, subject.utf8.count <= 60, subject.utf8.first != 0x20, subject.utf8.last != 0x20 { return subject }
    var words: [String] = []
    var chunk: [UInt8] = []
    for scalar in subject.unicodeScalars {
      let encoded = Array(String(scalar).utf8)
      if chunk.count + encoded.count > 42 {
        words.append("=?UTF-8?B?\(Base64.encode(chunk))?=")
        chunk = []
      }
      chunk += encoded
    }
    if !chunk.isEmpty { words.append("=?UTF-8?B?\(Base64.encode(chunk))?=") }
    return words.joined(separator: "\r\n ")
  }
}

extension SMTPData {
  /// The text with CR LF at the end of each line.
  static func lines(_ text: [UInt8]) -> [UInt8] {
    var lines: [UInt8] = []
    lines.reserveCapacity(text.count + 64)
    for (index, byte) in text.enumerated() {
      switch byte {
      case 0x0D: lines += [0x0D, 0x0A]
      case 0x0A: if index == 0 || text[index - 1] != 0x0D { lines += [0x0D, 0x0A] }
      default: lines.append(byte)
      }
    }
    return lines
  }
}
