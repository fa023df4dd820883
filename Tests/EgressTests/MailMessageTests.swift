import Destinations
import Encodings
import Testing

@testable import Egress

@Suite("The mail as it is sent")
struct MailMessageTests {
  private static func message(
    subject: String = "s", text: String? = nil, html: String? = nil, id: String = "run-mail"
  ) throws -> String {
    let message = MailMessage(
      from: try #require(MailAddress("a@example.org")), to: try #require(MailAddress("b@example.com")),
      subject: subject, text: text, html: html, id: id, date: Instant(millisecondsSinceEpoch: 784_111_777_000))
    return String(decoding: message.bytes, as: UTF8.self)
  }

  @Test("A mail of one part has these bytes")
  func onePart() throws {
    #expect(
      try Self.message(text: "a\nb") == """
        Date: Sun, 06 Nov 1994 08:49:37 +0000\r
        From: a@example.org\r
        To: b@example.com\r
        Subject: s\r
        Message-ID: <66225d83e0e3da4e726229068b67e71e@example.org>\r
        Auto-Submitted: auto-generated\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: base64\r
        \r
        YQ0KYg==\r

        """)
  }

  /// The first half of SHA-256 of `run-mail`.
  private static let digest = "66225d83e0e3da4e726229068b67e71e"

  @Test("Text and HTML are alternatives, the plain one first, and the id does not change from attempt to attempt")
  func twoParts() throws {
    let mail = try Self.message(text: "a", html: "<p>b</p>")
    #expect(mail.contains("Content-Type: multipart/alternative;\r\n boundary=\"=_\(Self.digest)\"\r\n\r\n--=_"))
    #expect(mail.hasSuffix("\r\n--=_\(Self.digest)--\r\n"))
    #expect(mail.split(separator: "text/plain").count == 2)
    #expect(try Self.message(text: "a", html: "<p>b</p>") == mail)
    #expect(try Self.message(text: "a", html: "<p>b</p>", id: "other-mail") != mail)
  }

  @Test(
    "A subject is plain or whole encoded words, and never more than one header",
    arguments: [
      "plain", "", " a", "ü", "=?UTF-8?Q?x?=", "a\r\nBcc: x@y", "a\u{0}b", String(repeating: "€😀", count: 60),
      String(repeating: "a", count: 300),
    ])
  func subjects(subject: String) throws {
    let encoded = MailMessage.encodedSubject(subject)
    var decoded = ""
    for line in encoded.split(separator: "\r\n ", omittingEmptySubsequences: false) {
      #expect(line.utf8.count <= 75)
      #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
      if line.hasPrefix("=?UTF-8?B?"), line.hasSuffix("?=") {
        let bytes = try #require(Base64.decode(String(line.dropFirst(10).dropLast(2))))
        decoded += try #require(String(validating: bytes, as: UTF8.self))
      } else {
        decoded += line
      }
    }
    #expect(decoded == subject)
    #expect(try Self.message(subject: subject, text: "a").split(separator: "\r\n\r\n")[0].contains("\r\nBcc") == false)
  }
}
