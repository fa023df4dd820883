// Formats of standards rather than of one issuer.
extension TokenShapes {
  static let structures: [TokenShape] = [
    // Three parts are signed (RFC 7515 §7.1), five encrypted (RFC 7516 §7.1); some parts may be empty.
    TokenShape(
      "jwt", "RFC 7519; RFC 7515 §7.1; RFC 7516 §7.1", check: .jsonHeader, before: .base64url,
      .parts([
        .text("eyJ"), .run(10...2048, .base64url), .text("."), .run(2...8192, .base64url), .text("."),
        .run(0...1400, .base64url),
      ]),
      .parts([
        .text("eyJ"), .run(10...2048, .base64url), .text("."), .run(0...1400, .base64url), .text("."),
        .run(8...64, .base64url), .text("."), .run(2...8192, .base64url), .text("."), .run(8...128, .base64url),
      ])),
    TokenShape(
      "private-key", "RFC 7468 §10 and §11; OpenSSH PROTOCOL.key; RFC 9580 §6.2", before: .base64url, .privateKeyBlock),
    TokenShape(
      "age-secret-key", "C2SP age.md, X25519 recipient; BIP 173", check: .bech32,
      .parts([.text("AGE-SECRET-KEY-1"), .exactly(58, .bech32)])),
    // 32 bytes in base 64: the last digit has two bits that stand for nothing and must be zero.
    TokenShape(
      "wireguard-key", "wg(8), Configuration file format", check: .canonicalBase64,
      .keyed(word: "PrivateKey", anchor: 6, [.exactly(43, .base64), .text("=")]),
      .keyed(word: "PresharedKey", anchor: 8, [.exactly(43, .base64), .text("=")])),
    TokenShape("card-number", "ISO/IEC 7812-1, annex B; issuers' ranges", before: .number, .cardNumber),
    TokenShape("iban", "ISO 13616-1; IBAN registry", .accountNumber),
  ]
}
