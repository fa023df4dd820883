/// The two encodings of an ECDSA signature, turned into each other. Only ours go from DER to P1363, so that DER is
/// never parsed here from outside: what others send in DER goes to libcrypto as it is.
enum ECDSASignature {
  /// r ‖ s as `SEQUENCE { INTEGER r, INTEGER s }`; nil for another length than the curve's.
  static func der(p1363 bytes: some Collection<UInt8>, on curve: EllipticCurve) -> [UInt8]? {
    guard bytes.count == 2 * curve.byteCount else { return nil }
    let content = integer(bytes.prefix(curve.byteCount)) + integer(bytes.dropFirst(curve.byteCount))
    // The longest, on P-521, has 138 bytes of content.
    return [0x30] + (content.count < 128 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]) + content
  }

  /// The numbers of a signature that libcrypto has just made, in P1363; nil for bytes that are none.
  static func p1363(der: [UInt8], on curve: EllipticCurve) -> [UInt8]? {
    guard der.count > 2, der[0] == 0x30 else { return nil }
    var rest = der[(der[1] == 0x81 ? 3 : 2)...]
    guard let r = takeInteger(&rest, curve.byteCount), let s = takeInteger(&rest, curve.byteCount), rest.isEmpty
    else { return nil }
    return r + s
  }

  private static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let digits = Array(bytes.drop { $0 == 0 })
    let body = digits.first.map { $0 >= 128 } ?? true ? [0] + digits : digits
    return [0x02, UInt8(body.count)] + body
  }

  private static func takeInteger(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> [UInt8]? {
    guard rest.count >= 2, rest.removeFirst() == 0x02 else { return nil }
    let length = Int(rest.removeFirst())
    guard rest.count >= length else { return nil }
    let digits = rest.prefix(length).drop { $0 == 0 }
    rest = rest.dropFirst(length)
    guard digits.count <= count else { return nil }
    return [UInt8](repeating: 0, count: count - digits.count) + digits
  }
}
