/// The name of a query parameter, compared after percent-decoding and with case.
package struct ParameterName: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  let bytes: [UInt8]

  /// - Throws: `WebhookFault.parameterName` when the text is empty, longer than 128 bytes, or holds a byte that is
  ///   not visible ASCII.
  package init(_ text: String) throws(WebhookFault) {
    bytes = Array(text.utf8)
    guard (1...128).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .parameterName
    }
    self.text = text
  }

  package var description: String { text }
}
