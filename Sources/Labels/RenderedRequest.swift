package import Destinations
import Encodings

/// A request with its values filled in but for those that are bound to its URL. It cannot be sent: `SendDoor` makes
/// what can, for one dial.
package struct RenderedRequest: Sendable {
  package let method: String
  package let template: URLTemplate
  /// Scheme, host, port and path in canonical form, without the query.
  let target: LabeledText
  /// In order: the pairs of the resource's own text first.
  package let query: [RequestField]
  package let headers: [RequestField]
  package let body: RequestBody
  /// The values in the URL's path and in the resource's own query.
  let urlUses: [ValueUse]
  /// What templates inside sealed parameters may use.
  let scope: ValueScope
  /// How the door signs it, one after the other: what one adds the next may cover.
  let signings: [RequestSigning]

  /// - Parameter values: what the placeholders of the URL's path and of its own query stand for, by the text between
  ///   `<<` and `>>`.
  ///
  /// Throws `pathMissing` for a placeholder without a value, `notOnePathSegment` for a value that is more than one
  /// segment, `tooLarge` where the values are more together than a run may hold.
  package init(
    method: String, template: URLTemplate, values: [String: LabeledText], query: [RequestField] = [],
    headers: [RequestField] = [], body: RequestBody = .none, scope: ValueScope = ValueScope(),
    signings: [RequestSigning] = []
  ) throws(ValueFault) {
    self.method = method
    self.template = template
    var writer = URLWriter(values: values)
    try writer.append(template)
    self.target = writer.builder.finish(form: .text)
    var own: [RequestField] = []
    for pair in template.queryPairs { own.append(try writer.field(pair)) }
    self.query = own + query
    self.headers = headers
    self.body = body
    self.urlUses = writer.uses
    self.scope = scope
    self.signings = signings
  }

  /// The scheme, host and port to which it goes.
  package var origin: HostPort { template.origin }

  /// Scheme, host and port as a URL of their own, for the egress check: nothing of the path or the query, which may
  /// hold secrets, is needed there. Throws `plainHTTPNotAllowed`.
  package func checkedURL(allowingPlainHTTP: (HostPort) -> Bool) throws(URLFault) -> CanonicalURL {
    try template.originURL(allowingPlainHTTP: allowingPlainHTTP)
  }

  /// Whether any parameter is bound to the URL.
  package var hasBoundParameters: Bool { (query + headers + body.fields).contains(where: \.isBound) }
}

extension RenderedRequest: Masked {
  package var maskedText: String { "RenderedRequest(\(method) \(template.displayText), ‹masked›)" }
}

/// Writes the canonical text of a URL with its labels.
private struct URLWriter {
  let values: [String: LabeledText]
  var builder = TextBuilder()
  var uses: [ValueUse] = []
  private var room = ValueRoom()

  init(values: [String: LabeledText]) { self.values = values }

  mutating func append(_ template: URLTemplate) throws(ValueFault) {
    let isDefault = template.origin.port == template.scheme.defaultPort
    let port = isDefault ? "" : ":\(template.origin.port)"
    builder.append("\(template.scheme.rawValue)://\(template.origin.host)\(port)".utf8, label: .clear)
    for segment in template.segments {
      builder.append(clear: "/")
      switch segment {
      case .literal(let text): builder.append(text.utf8, label: .clear)
      case .placeholder(let name): builder.append(try value(name, in: .path))
      case .mixed(let pieces):
        for piece in pieces {
          switch piece {
          case .literal(let text): builder.append(text.utf8, label: .clear)
          case .placeholder(let name): builder.append(try value(name, in: .path))
          }
        }
      }
    }
  }

  mutating func field(_ pair: URLTemplate.QueryPair) throws(ValueFault) -> RequestField {
    var pieces = TextBuilder()
    for piece in pair.value {
      switch piece {
      case .literal(let bytes): pieces.append(bytes, label: .clear)
      case .placeholder(let name): pieces.append(try value(name, in: .text))
      }
    }
    return RequestField(
      String(decoding: pair.name, as: UTF8.self), RenderedText(pieces.finish(form: .text)))
  }

  private mutating func value(_ name: String, in context: RenderingContext) throws(ValueFault) -> LabeledText {
    guard let value = values[name] else { throw .pathMissing(path: name, available: nil) }
    let use = ValueUse(name: name, label: value.label)
    if !uses.contains(use) { uses.append(use) }
    let written = try Rendering.write(value, name: name, isBare: false, in: context)
    try room.take(written)
    return written
  }
}
