import Encodings
package import Runner

/// An answer that is not a success: problem details (RFC 9457) on the native API, Vault's `errors` on `/v1`.
/// It holds sentences of ours, names and places; never a value of the caller.
package enum Problem: Error, Equatable, Sendable {
  case invalid(field: String, String)
  case notFound(String)
  case conflict(String)
  /// Documents with faults: rendered lines.
  case documents([String])
  /// An authenticated caller whose policies do not allow it; the explanation says what would.
  case denied(explanation: String)
  /// Nobody that is known here: one answer whatever it was.
  case unauthenticated
  case methodNotAllowed(allow: [String])
  /// Refused too often from one address.
  case tooMany(retryAfterSeconds: Int)
  case tooLarge(limit: Int)
  case sealed
  /// The keys are there, and not everything that requests are decided by has been read yet.
  case waking
  case busy(retryAfterSeconds: Int)
  case unavailable(String)
  /// A fault of ours; the text names no value.
  case fault(String)

  package init(_ fault: ServiceFault) {
    switch fault {
    case .sealed: self = .sealed
    case .notFound: self = .notFound(fault.sentence)
    case .invalid(let field, let sentence): self = .invalid(field: field, sentence)
    case .conflict, .plan: self = .conflict(fault.sentence)
    case .denied(let sentence): self = .denied(explanation: sentence)
    case .documents(let lines): self = .documents(lines)
    case .busy(let seconds): self = .busy(retryAfterSeconds: seconds)
    case .store(.diskFull), .store(.closed): self = .unavailable(fault.sentence)
    case .cannotOpen, .run, .keyring, .store: self = .fault(fault.sentence)
    }
  }

  var status: Int {
    switch self {
    case .invalid: 400
    case .notFound: 404
    case .conflict: 409
    case .documents: 422
    case .denied, .unauthenticated: 403
    case .methodNotAllowed: 405
    case .tooMany: 429
    case .tooLarge: 413
    case .sealed, .waking, .busy, .unavailable: 503
    case .fault: 500
    }
  }

  private static func counted(_ errors: Int) -> String {
    errors == 1
      ? "The documents have an error; nothing was imported."
      : "The documents have \(errors) errors; nothing was imported."
  }

  var detail: String {
    switch self {
    case .invalid(_, let text), .notFound(let text), .conflict(let text), .unavailable(let text), .fault(let text):
      text
    case .documents(let lines):
      Self.counted(lines.count { $0.contains(": error: ") })
    case .denied(let explanation): explanation
    case .unauthenticated: "permission denied"
    case .methodNotAllowed(let allow): "This address takes \(allow.joined(separator: ", "))."
    case .tooLarge(let limit): "The body is over the limit of \(limit) bytes."
    case .sealed: "The service is sealed; `chancery operator unseal` opens it."
    case .waking: "The service is starting; try again in a second."
    case .busy(let seconds): "Too much is waiting; try again in \(seconds) seconds."
    case .tooMany(let seconds): "Too many requests were refused; try again in \(seconds) seconds."
    }
  }

  private var title: String {
    switch self {
    case .invalid: "Invalid request"
    case .notFound: "Not found"
    case .conflict: "Conflict"
    case .documents: "Faulty documents"
    case .denied, .unauthenticated: "Permission denied"
    case .methodNotAllowed: "Method not allowed"
    case .tooLarge: "Too large"
    case .sealed: "Sealed"
    case .waking: "Starting"
    case .busy: "Busy"
    case .tooMany: "Too many requests"
    case .unavailable: "Unavailable"
    case .fault: "Fault"
    }
  }

  /// The answer, in the form of the API that was asked.
  package func response(isVault: Bool) -> RouteResponse {
    var response = isVault || self == .unauthenticated ? vault : native
    switch self {
    case .methodNotAllowed(let allow): response.headers.append(("Allow", allow.joined(separator: ", ")))
    case .sealed: response.headers.append(("Retry-After", "10"))
    case .waking: response.headers.append(("Retry-After", "1"))
    case .busy(let seconds), .tooMany(let seconds): response.headers.append(("Retry-After", String(seconds)))
    case .unavailable: response.headers.append(("Retry-After", "30"))
    default: break
    }
    return response
  }

  private var vault: RouteResponse {
    let errors: [String] =
      switch self {
      case .documents(let lines): lines
      case .notFound: []
      default: [detail]
      }
    return .json(status) { writer in
      writer.beginObject()
      writer.key("errors")
      writer.beginArray()
      for error in errors { writer.string(error) }
      writer.endArray()
      writer.endObject()
    }
  }

  private var native: RouteResponse {
    var response = RouteResponse.json(status) { writer in
      writer.beginObject()
      writer.key("type")
      writer.string("about:blank")
      writer.key("title")
      writer.string(title)
      writer.key("status")
      writer.integer(Int64(status))
      writer.key("detail")
      writer.string(detail)
      if case .invalid(let field, _) = self {
        writer.key("field")
        writer.string(field)
      }
      if case .documents(let lines) = self {
        writer.key("faults")
        writer.beginArray()
        for line in lines { writer.string(line) }
        writer.endArray()
      }
      writer.endObject()
    }
    response.headers = [("Content-Type", "application/problem+json")]
    return response
  }
}

extension Problem {
  /// What a start says of an `Idempotency-Key` that it cannot remember.
  static var malformedIdempotencyKey: Problem {
    .invalid(field: "Idempotency-Key", "Idempotency-Key must be one header of 1 to 255 visible ASCII characters.")
  }
}
