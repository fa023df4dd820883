import Encodings

/// The public key of an X.509 certificate (RFC 5280 §4.1) and when it is valid.
///
/// Reads just enough DER to find the two, and checks no chain: a certificate that an administrator entered together with
/// its address is *pinned*, and that is what it is trusted for. What was fetched by its address is judged by `FetchedKey`.
struct CertificateKey: Sendable {
  let subjectPublicKeyInfo: [UInt8]
  let notBefore: Instant
  let notAfter: Instant

  func isValid(at now: Instant) -> Bool { notBefore <= now && now <= notAfter }

  /// Nil unless the text is exactly one certificate between PEM lines (RFC 7468).
  init?(pem: [UInt8]) {
    let text = String(decoding: pem, as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
    guard lines.first == "-----BEGIN CERTIFICATE-----", lines.last == "-----END CERTIFICATE-----", lines.count > 2,
      let der = Base64.decode(Array(lines.dropFirst().dropLast().joined().utf8))
    else { return nil }
    self.init(der: der)
  }

  /// Nil unless the bytes are exactly one certificate, as far as is read here.
  init?(der: [UInt8]) {
    var outer = DERReader(der[...])
    guard let certificate = outer.next(tag: 0x30), outer.isAtEnd else { return nil }
    var parts = DERReader(certificate.content)
    guard let signed = parts.next(tag: 0x30) else { return nil }
    var fields = DERReader(signed.content)
    _ = fields.next(tag: 0xA0)
    // serialNumber, signature algorithm, issuer, validity, subject, subjectPublicKeyInfo
    guard fields.next(tag: 0x02) != nil, fields.next(tag: 0x30) != nil, fields.next(tag: 0x30) != nil,
      let validity = fields.next(tag: 0x30), fields.next(tag: 0x30) != nil, let key = fields.next(tag: 0x30)
    else { return nil }
    var times = DERReader(validity.content)
    guard let notBefore = times.nextTime(), let notAfter = times.nextTime(), times.isAtEnd else { return nil }
    subjectPublicKeyInfo = Array(key.whole)
    self.notBefore = notBefore
    self.notAfter = notAfter
  }
}

/// A walk over the elements of a DER encoding (X.690), definite lengths only.
private struct DERReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next element if it has this tag; nil, and nothing consumed, otherwise.
  mutating func next(tag: UInt8) -> (whole: ArraySlice<UInt8>, content: ArraySlice<UInt8>)? {
    guard rest.count >= 2, rest[rest.startIndex] == tag else { return nil }
    let lengthByte = rest[rest.startIndex + 1]
    var start = rest.startIndex + 2
    var length = Int(lengthByte)
    if lengthByte >= 0x80 {
      let digits = Int(lengthByte & 0x7F)
      guard (1...3).contains(digits), rest.endIndex - start >= digits else { return nil }
      length = rest[start..<start + digits].reduce(0) { $0 << 8 | Int($1) }
      start += digits
    }
    guard rest.endIndex - start >= length else { return nil }
    let whole = rest[rest.startIndex..<start + length]
    let content = rest[start..<start + length]
    rest = rest[(start + length)...]
    return (whole, content)
  }

  /// UTCTime or GeneralizedTime in the form RFC 5280 §4.1.2.5 requires: seconds, and `Z`.
  mutating func nextTime() -> Instant? {
    var digits: [UInt8]
    if let short = next(tag: 0x17)?.content, short.count == 13, let first = short.first {
      digits = Array((first >= UInt8(ascii: "5") ? "19" : "20").utf8) + short
    } else if let long = next(tag: 0x18)?.content, long.count == 15 {
      digits = Array(long)
    } else {
      return nil
    }
    guard digits.removeLast() == UInt8(ascii: "Z"), digits.allSatisfy(ByteClass.digits.contains) else { return nil }
    let text = String(decoding: digits, as: UTF8.self)
    func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
    return Instant(
      rfc3339: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z")
  }
}
