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
    switch event {
    case .started(_, let roots, let variables):
      switch self {
      case .requestHeaders: roots["request_headers"]
      case .requestBody: roots["request"]
      case .requestQuery: roots["request_query"]
      case .variable(let name): variables[name]
      case .requestURL, .responseHeaders, .responseBody: nil
      }
    case .callAnswered(_, _, let request, let response, let variables):
      if case .variable(let name) = self { variables[name] } else { handle(request, response) }
    case .callFailed(_, _, _, let request, let response): handle(request, response)
    case .startFailed, .conditionDecided, .callIntended, .conditionFailed, .waitElapsed, .restarted, .cancelled: nil
    }
  }

  private func handle(_ request: RequestRecord?, _ response: ResponseRecord?) -> ValueHandle? {
    switch self {
    case .requestURL: request?.url
    case .requestHeaders: request?.headers
    case .requestBody: request?.body
    case .responseHeaders: response?.headers
    case .responseBody: response?.body
    case .requestQuery, .variable: nil
    }
  }
}
