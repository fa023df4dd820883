import Encodings

/// A query parameter, header or form field of a request.
package struct RequestField: Sendable {
  package enum Content: Sendable {
    /// Filled in already.
    case rendered(RenderedText)
    /// Sealed, and bound to the URL: only the send door opens it.
    case bound(BoundParameter)
  }

  package let name: String
  package let content: Content

  package init(_ name: String, _ text: RenderedText) {
    self.name = name
    self.content = .rendered(text)
  }

  package init(_ parameter: BoundParameter) {
    self.name = parameter.place.name
    self.content = .bound(parameter)
  }

  var isBound: Bool {
    if case .bound = content { true } else { false }
  }
}

extension RequestField: Masked {
  package var maskedText: String { "RequestField(\(name), ‹masked›)" }
}

/// The body of a request.
package enum RequestBody: Sendable {
  case none
  /// Text that was filled in, with its content type.
  case content(RenderedText, type: String)
  /// `application/x-www-form-urlencoded`; its fields may be bound to the URL.
  case form([RequestField])

  /// The content type that goes with it, where no header says another.
  var contentType: String? {
    switch self {
    case .none: nil
    case .content(_, let type): type
    case .form: "application/x-www-form-urlencoded"
    }
  }

  var fields: [RequestField] {
    if case .form(let fields) = self { fields } else { [] }
  }
}
