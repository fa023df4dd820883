import Labels
import RunEngine

/// A part of a line of a run's log that can be shown to a person, by the names that the line itself has.
package enum RevealedPart: Hashable, Sendable {
  case requestURL
  case requestHeaders
  case requestBody
  case requestQuery
  case responseHeaders
  case responseBody
  case variable(String)

  /// `request.url`, `request.headers`, `request.body`, `query`, `response.headers`, `response.body`, `variables.NAME`; nil
  /// for anything else.
  package init?(_ text: String) {
    switch text {
    case "request.url": self = .requestURL
    case "request.headers": self = .requestHeaders
    case "request.body": self = .requestBody
    case "query": self = .requestQuery
    case "response.headers": self = .responseHeaders
    case "response.body": self = .responseBody
    default:
      guard text.hasPrefix("variables."), text.utf8.count > "variables.".utf8.count else { return nil }
      self = .variable(String(text.dropFirst("variables.".count)))
    }
  }

  /// For a message: what there is to choose from.
  package static let names =
    "request.url, request.headers, request.body, query, response.headers, response.body or variables.NAME"

  /// Where the part is in an event; nil where the event has none.
  func handle(in event: RunEvent) -> ValueHandle? {
    switch self {
    case .variable(let name): event.variables[name]
    case .requestHeaders: event.roots["request_headers"] ?? event.request?.headers
    case .requestBody: event.roots["request"] ?? event.request?.body
    case .requestQuery: event.roots["request_query"]
    case .requestURL: event.request?.url
    case .responseHeaders: event.response?.headers
    case .responseBody: event.response?.body
    }
  }
}
