import Encodings

/// Certificates between PEM lines (RFC 7468), one after another.
enum PEMCertificates {
  /// The DER of each, in order; nil where there is none, or anything between the lines that is no Base64. Text outside of
  /// the lines is passed over, as RFC 7468 §2 allows.
  static func decode(_ text: [UInt8], atMost limit: Int) -> [[UInt8]]? {
    var result: [[UInt8]] = []
    var open: [UInt8]?
    for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).map({ trimmed($0) }) {
      if line.elementsEqual("-----BEGIN CERTIFICATE-----".utf8) {
        guard open == nil else { return nil }
        open = []
      } else if line.elementsEqual("-----END CERTIFICATE-----".utf8) {
        guard let base64 = open, let der = Base64.decode(base64), result.count < limit else { return nil }
        result.append(der)
        open = nil
      } else if open != nil {
        open?.append(contentsOf: line)
      }
    }
    return open == nil && !result.isEmpty ? result : nil
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.withoutOuterSpace }
}
