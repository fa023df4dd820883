/// One request of an integration (R13).
package struct Method: Equatable, Sendable {
  /// Stable: what sealed parameters are bound to. The vendor's guid, or `INTEGRATION/NAME`.
  package var id: String
  /// Unique in its integration: the part after the slash where a step names it.
  package var name: String
  package var title: String
  package var httpMethod: HTTPMethod
  /// The path below the integration's base URL, and a query where the document wrote one into it. Where
  /// values are encrypted, a path segment is wholly literal or wholly one placeholder.
  package var resource: Template
  package var query: [Row]
  package var headers: [Row]
  package var body: MethodBody
  /// Write `; charset=utf-8` behind the content type of a text body. Vendor documents do so unless they
  /// set `remove_charset_header`.
  package var sendsCharset: Bool
  /// `false`: an imported method that says "no authorisation" although its integration has one.
  package var inheritsAuthorization: Bool
  /// How requests are signed; nil: not at all.
  package var signing: MethodSigning?
  /// Variables taken from a successful answer, in this order (R14).
  package var outputs: [VariableBinding]
  /// How an answer is read.
  package var responseKind: ResponseKind
  /// R20.
  package var encryptResponse: Bool
  /// Of one attempt, connecting included; `nil`: the service's default.
  package var timeout: Duration?
  package var retry: RetrySettings?
  /// A header that carries a key derived from run, step and visit, so that the other side recognises a
  /// repetition. Declares the method safe to repeat.
  package var idempotencyHeader: String?
  /// What to do when the process stopped while the request was out.
  package var onInterrupt: InterruptPolicy
  /// Follow redirects within the origin; never with encrypted values.
  package var allowsRedirects: Bool
  /// Of the decoded answer; `nil`: the service's default.
  package var maximumResponseBytes: Int?
  /// Days that its calls stand in the request log; nil: as long as their runs.
  package var retentionDays: Int?
  /// Why an imported method does not run in this release; empty: it does.
  package var inactiveReasons: [String]
  package var vendor: VendorExtras

  package init(
    id: String, name: String, title: String? = nil, httpMethod: HTTPMethod, resource: Template,
    query: [Row] = [], headers: [Row] = [], body: MethodBody = .none,
    sendsCharset: Bool = false, inheritsAuthorization: Bool = true, signing: MethodSigning? = nil,
    outputs: [VariableBinding] = [], responseKind: ResponseKind = .json,
    encryptResponse: Bool = false,
    timeout: Duration? = nil, retry: RetrySettings? = nil, idempotencyHeader: String? = nil,
    onInterrupt: InterruptPolicy = .fail, allowsRedirects: Bool = false, maximumResponseBytes: Int? = nil,
    retentionDays: Int? = nil, inactiveReasons: [String] = [], vendor: VendorExtras = VendorExtras()
  ) {
    self.id = id
    self.name = name
    self.title = title ?? name
    self.httpMethod = httpMethod
    self.resource = resource
    self.query = query
    self.headers = headers
    self.body = body
    self.sendsCharset = sendsCharset
    self.inheritsAuthorization = inheritsAuthorization
    self.signing = signing
    self.outputs = outputs
    self.responseKind = responseKind
    self.encryptResponse = encryptResponse
    self.timeout = timeout
    self.retry = retry
    self.idempotencyHeader = idempotencyHeader
    self.onInterrupt = onInterrupt
    self.allowsRedirects = allowsRedirects
    self.maximumResponseBytes = maximumResponseBytes
    self.retentionDays = retentionDays
    self.inactiveReasons = inactiveReasons
    self.vendor = vendor
  }

  /// Whether a request whose outcome is unknown may be sent again: by its HTTP method, or because the
  /// document declares it; never inferred from anything else.
  package var isRepeatable: Bool {
    httpMethod.isIdempotent || idempotencyHeader != nil || onInterrupt == .retry
  }

  /// The most bytes that any answer may have, decoded: the egress guard cuts what is asked for down to it.
  package static let mostResponseBytes = 32 << 20

  /// What an answer may have, in bytes, decoded; nil: as every call. A stored document may ask for more than is given.
  package var responseLimit: Int? {
    (maximumResponseBytes ?? responseKind.standardMaximum).map { min($0, Self.mostResponseBytes) }
  }

  /// Every row of every kind, with its kind.
  package var rows: [(kind: RowKind, row: Row)] {
    let form: [Row] = if case .form(let rows) = body { rows } else { [] }
    return query.map { (.query, $0) } + headers.map { (.header, $0) } + form.map { (.form, $0) }
  }
}

/// The methods that documents can use.
package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case delete = "DELETE"
  case patch = "PATCH"

  /// RFC 9110 §9.2.2.
  package var isIdempotent: Bool {
    switch self {
    case .get, .head, .put, .delete: true
    case .post, .patch: false
    }
  }

  /// Whether a request body has a meaning (RFC 9110 §9.3).
  package var mayCarryBody: Bool { self != .get && self != .head }
}

/// What a request carries.
package enum MethodBody: Equatable, Sendable {
  case none
  case json(JSONTemplate)
  case xml(Template)
  case form([Row])
  case text(Template)
  /// The bytes of one value as they are, under a media type.
  case file(Template, type: String)
}

/// How the body of an answer is read.
package enum ResponseKind: String, Sendable, CaseIterable {
  /// As JSON where it is one JSON value, else as text.
  case json
  /// As XML, mapped to JSON (docs/documents.md, "Answers"); another body is `parse`.
  case xml
  /// As text, whatever it is.
  case text
  /// As bytes: `response` is its description, `response^content` the bytes (docs/documents.md, "Answers").
  case file

  /// The most that an answer may have where its method says nothing, in bytes; nil: as every call.
  package var standardMaximum: Int? { self == .file ? 10 << 20 : nil }
}

/// What becomes of a call whose outcome is unknown.
package enum InterruptPolicy: String, Sendable, CaseIterable {
  /// Take the failure edge with `interrupted`.
  case fail
  /// Send it again.
  case retry
}

/// How a failed attempt is repeated.
package struct RetrySettings: Equatable, Sendable {
  /// In all, the first included; at least 1.
  package var attempts: Int
  /// Before the second attempt; doubled for each further one.
  package var backoff: Duration
  package var retryOn: [RetryOn]

  package init(attempts: Int, backoff: Duration, retryOn: [RetryOn]) {
    self.attempts = attempts
    self.backoff = backoff
    self.retryOn = retryOn
  }
}

/// A reason for another attempt.
package enum RetryOn: Hashable, Sendable {
  case timeout
  case connect
  /// The connection broke while the request was out; `connect` covers it where repeating is safe.
  case disconnected
  case dns
  case tls
  case status(Int)
  /// The first digit of the status.
  case statusClass(Int)

  /// `timeout`, `disconnected`, `429`, `5xx`, …; `nil` for anything else.
  package init?(_ text: String) {
    switch text {
    case "timeout": self = .timeout
    case "connect": self = .connect
    case "disconnected": self = .disconnected
    case "dns": self = .dns
    case "tls": self = .tls
    default:
      let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
      guard text.utf8.count == 3, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      if digits.count == 3, (100...599).contains(number) {
        self = .status(number)
      } else if digits.count == 1, (1...5).contains(number), text.hasSuffix("xx") {
        self = .statusClass(number)
      } else {
        return nil
      }
    }
  }

  /// Whether it is about answers that are none of a failed attempt, so that it never leads to another one.
  var isOfSuccess: Bool {
    switch self {
    case .status(let code): code < 300
    case .statusClass(let first): first < 3
    case .timeout, .connect, .disconnected, .dns, .tls: false
    }
  }

  /// Whether it is about the answer of an HTTP server.
  var isStatus: Bool {
    switch self {
    case .status, .statusClass: true
    case .timeout, .connect, .disconnected, .dns, .tls: false
    }
  }

  /// The word that reads back to it.
  package var text: String {
    switch self {
    case .timeout: "timeout"
    case .connect: "connect"
    case .disconnected: "disconnected"
    case .dns: "dns"
    case .tls: "tls"
    case .status(let code): String(code)
    case .statusClass(let first): "\(first)xx"
    }
  }
}
