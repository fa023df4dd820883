import Encodings

/// The values of components in one message (RFC 9421 §2.1, §2.2).
struct ComponentValues {
  let message: HTTPMessage
  /// The request that the message answers, for `req`.
  let request: HTTPMessage?
  let fieldTypes: StructuredFieldTypes

  /// The value as it stands in the signature base. It never holds a line end: that could forge a line.
  func value(of component: ComponentIdentifier) throws(ComponentFault) -> [UInt8] {
    let value = try unchecked(component)
    guard !value.contains(0x0A), !value.contains(0x0D) else { throw .malformed }
    return value
  }

  private func unchecked(_ component: ComponentIdentifier) throws(ComponentFault) -> [UInt8] {
    var source = message
    if component.isOfRequest {
      // In a request `req` has no meaning (§2.4).
      guard message.requestLine == nil, let request, request.requestLine != nil else { throw .wrongMessage }
      source = request
    }
    switch component.source {
    case .field(let form, let inTrailers):
      return try field(component.name, form, source.values(of: component.name, inTrailers: inTrailers))
    case .status:
      guard case .response(let status) = source.start else { throw .wrongMessage }
      return Array(String(status).utf8)
    case .method: return Array(try line(of: source).method.utf8)
    case .scheme: return Array(try line(of: source).scheme.utf8)
    case .requestTarget: return try line(of: source).target
    case .targetURI: return RequestTarget(try line(of: source)).uri
    case .authority: return RequestTarget(try line(of: source)).authority
    case .path: return RequestTarget(try line(of: source)).path
    case .query: return [0x3F] + (RequestTarget(try line(of: source)).query ?? [])
    case .queryParameter(let name): return try RequestTarget(try line(of: source)).parameter(name)
    }
  }

  private func line(of message: HTTPMessage) throws(ComponentFault) -> HTTPMessage.RequestLine {
    guard let line = message.requestLine else { throw .wrongMessage }
    return line
  }

  private func field(
    _ name: String, _ form: ComponentIdentifier.FieldForm, _ lines: [[UInt8]]
  ) throws(ComponentFault) -> [UInt8] {
    guard !lines.isEmpty else { throw .missing }
    switch form {
    case .combined: return Array(lines.joined(separator: [0x2C, 0x20]))
    case .binary: return StructuredField.serialize(lines.map { .item(StructuredField.Item(.bytes($0))) })
    case .strict:
      guard let type = fieldTypes.type(of: name) else { throw .unknownFieldType }
      do throws(StructuredField.Fault) {
        switch type {
        case .dictionary: return StructuredField.serialize(try StructuredField.dictionary(lines))
        case .list: return StructuredField.serialize(try StructuredField.list(lines))
        case .item: return StructuredField.serialize(try StructuredField.item(lines))
        }
      } catch {
        throw .malformed
      }
    case .member(let key):
      if let type = fieldTypes.type(of: name), type != .dictionary { throw .unknownFieldType }
      guard let dictionary = try? StructuredField.dictionary(lines) else { throw .malformed }
      guard let member = dictionary[key] else { throw .missing }
      return StructuredField.serialize(member)
    }
  }
}
