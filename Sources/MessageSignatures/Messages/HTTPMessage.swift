import Encodings

/// One field line of a message as it was received or will be sent.
package struct HTTPField: Sendable {
  package let name: String
  /// The value, outer white space and all.
  package let value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: String) {
    self.init(name: name, value: Array(value.utf8))
  }

  /// Whether it has this name, which is given in lower case (RFC 9110 §5.1).
  func isNamed(_ lowercased: String) -> Bool {
    name.utf8.elementsEqual(lowercased.utf8) { $0 == $1 || ((0x41...0x5A).contains($0) && $0 | 0x20 == $1) }
  }

  /// The value as it stands in a signature base (RFC 9421 §2.1): a folded line is one line again, its fold one space;
  /// no white space at the ends.
  var canonicalValue: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(value.count)
    var index = 0
    while index < value.count {
      // obs-fold (RFC 9112 §5.2): CR LF and then white space; what white space stands before it goes too.
      if value[index] == 0x0D, index + 2 < value.count, value[index + 1] == 0x0A, Self.isSpace(value[index + 2]) {
        while let last = output.last, Self.isSpace(last) { output.removeLast() }
        index += 2
        while index < value.count, Self.isSpace(value[index]) { index += 1 }
        output.append(0x20)
      } else {
        output.append(value[index])
        index += 1
      }
    }
    let start = output.firstIndex { !Self.isSpace($0) } ?? output.endIndex
    let end = output.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? output.endIndex
    return start < end ? Array(output[start..<end]) : []
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// A message whose signature is made or checked (RFC 9421 §2). Bytes as they go over the wire; nothing parsed.
package struct HTTPMessage: Sendable {
  /// What only requests have.
  package struct RequestLine: Sendable {
    package let method: String
    /// The request target as it stood on the request line (RFC 9112 §3.2).
    package let target: [UInt8]
    /// `https` or `http`, in lower case.
    package let scheme: String
    /// Host, and port where there is one, as the sender of the request names it.
    package let authority: [UInt8]
    /// The target URI as it was called; nil where it is scheme, authority and target.
    package let targetURI: [UInt8]?

    package init(method: String, target: [UInt8], scheme: String, authority: [UInt8], targetURI: [UInt8]? = nil) {
      self.method = method
      self.target = target
      self.scheme = scheme
      self.authority = authority
      self.targetURI = targetURI
    }
  }

  /// Which of the two kinds of message it is.
  package enum Start: Sendable {
    case request(RequestLine)
    case response(status: Int)
  }

  package let start: Start
  package let fields: [HTTPField]
  package let trailers: [HTTPField]
  package let body: [UInt8]

  package init(_ start: Start, fields: [HTTPField], trailers: [HTTPField] = [], body: [UInt8]) {
    self.start = start
    self.fields = fields
    self.trailers = trailers
    self.body = body
  }

  /// The request line; nil for a response.
  var requestLine: RequestLine? {
    guard case .request(let line) = start else { return nil }
    return line
  }

  /// The values of all lines of a field, in order, canonical; empty where there is none. The name is in lower case.
  func values(of name: String, inTrailers: Bool = false) -> [[UInt8]] {
    (inTrailers ? trailers : fields).lazy.filter { $0.isNamed(name) }.map(\.canonicalValue)
  }
}

extension HTTPField: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Sizes only: a field may hold a credential.
  package var description: String { "HTTPField(\(value.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension HTTPMessage: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "HTTPMessage(\(fields.count) fields, \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
