/// One header field as it was received.
package struct RequestHeader: Sendable {
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

  /// The value without leading and trailing SP and HTAB, which are no part of it (RFC 9110 §5.5).
  var trimmedValue: ArraySlice<UInt8> { value[...].withoutOuterSpace }
}

extension ArraySlice<UInt8> {
  /// Without leading and trailing SP and HTAB.
  var withoutOuterSpace: ArraySlice<UInt8> {
    var slice = self
    while let byte = slice.first, byte == 0x20 || byte == 0x09 { slice.removeFirst() }
    while let byte = slice.last, byte == 0x20 || byte == 0x09 { slice.removeLast() }
    return slice
  }
}

/// A request at a public endpoint before anybody has checked it: raw bytes, nothing parsed.
///
/// The whole body has been read (within the server's limit) before one of these exists, so that refusing early
/// says nothing about why.
package struct UnverifiedRequest: Sendable {
  package let method: String
  /// The request target as it stood on the request line: path, and `?` with the query if there is one.
  package let target: [UInt8]
  /// In the order received; names may repeat.
  package let headers: [RequestHeader]
  package let body: [UInt8]

  package init(method: String, target: [UInt8], headers: [RequestHeader], body: [UInt8]) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }

  package init(method: String, target: String, headers: [RequestHeader], body: [UInt8]) {
    self.init(method: method, target: Array(target.utf8), headers: headers, body: body)
  }

  var path: ArraySlice<UInt8> { target.prefix { $0 != UInt8(ascii: "?") } }

  /// The raw query without its question mark; nil when the target has none.
  var query: ArraySlice<UInt8>? {
    guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    return target[(mark + 1)...]
  }

  /// The target for access log, ledger and traces as long as nobody has vouched for the request: the path, and of
  /// a query only that there was one.
  ///
  /// The query goes whole, not only the configured parameter: a sender who mistypes the id, or the name of the
  /// parameter, still sends the secret, and then no configuration says which part of the query it is.
  package var requestTargetForLogs: String {
    RecordedTarget.text(path: path, query: query == nil ? nil : Array("(withheld)".utf8)[...])
  }
}

extension UnverifiedRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Sizes only: headers and body hold credentials and payload.
  package var description: String { "UnverifiedRequest(\(headers.count) headers, \(body.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension RequestHeader: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RequestHeader(\(value.count) bytes)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
