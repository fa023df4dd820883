import Encodings

/// An answer: status, headers, and a body that is whole or comes piece by piece.
package struct RouteResponse: Sendable {
  package enum Body: Sendable {
    case bytes([UInt8])
    /// Pieces as they become known; the stream ends the answer. One that throws cuts the connection, so that nobody takes
    /// what came for all of it.
    case stream(AsyncThrowingStream<[UInt8], any Error>)
  }

  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: Body

  package init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A JSON answer. The type is exactly `application/json`: clients of the Vault API drop the body otherwise.
  static func json(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> RouteResponse {
    var writer = JSONWriter()
    write(&writer)
    return RouteResponse(
      status: status, headers: [("Content-Type", "application/json")], body: .bytes(writer.finish()))
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> RouteResponse {
    RouteResponse(status: 200, headers: [("Content-Type", type)], body: .bytes(Array(text.utf8)))
  }

  static let noContent = RouteResponse(status: 204)
}
