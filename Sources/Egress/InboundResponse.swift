/// A whole response, within the limits, its content coding undone. It is content that came from outside: whoever
/// receives it labels it before anything else sees it.
package struct InboundResponse: Sendable {
  /// Three digits, any of them: a status is not a failure here.
  package let status: Int
  /// As they were received, in order, repetitions included. Bytes that are not UTF-8 were replaced by the parser.
  package let headers: [(name: String, value: [UInt8])]
  /// Decoded; at most as long as the call allowed.
  package let body: [UInt8]
  /// Bytes of the body on the wire, before decompression.
  package let wireBytes: Int
  /// How many redirects were followed before this response.
  package let hops: Int

  /// The values of a header, the name compared without case.
  package func values(of name: String) -> [[UInt8]] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }
}

extension InboundResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "InboundResponse(status \(status), \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
