import Cryptography
import Encodings

@testable import MessageSignatures

/// What several suites of this room need.
enum Fixture {
  static let now = Instant(secondsSinceEpoch: 1_800_000_000)
  static let secret = GuardedBytes(copying: Array("a shared secret of enough bytes!".utf8))

  static func request(
    method: String = "POST", target: String = "/in/1?a=1&b=2", body: String = "", fields: [HTTPField] = []
  ) -> HTTPMessage {
    let bytes = Array(body.utf8)
    let digest = HTTPField(name: "Content-Digest", value: ContentDigest.value(of: bytes))
    return HTTPMessage(
      .request(
        HTTPMessage.RequestLine(
          method: method, target: Array(target.utf8), scheme: "https", authority: Array("hooks.example.net".utf8))),
      fields: [HTTPField("Content-Type", "text/plain"), digest] + fields, body: bytes)
  }

  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Result where Failure == MessageSignatureRefusal {
  var refusal: MessageSignatureRefusal? {
    guard case .failure(let refusal) = self else { return nil }
    return refusal
  }
}

extension HTTPMessage {
  func adding(_ fields: [HTTPField]) -> HTTPMessage {
    HTTPMessage(start, fields: self.fields + fields, trailers: trailers, body: body)
  }

  func replacing(_ name: String, by value: String) -> HTTPMessage {
    let fields = fields.map { $0.isNamed(name) ? HTTPField($0.name, value) : $0 }
    return HTTPMessage(start, fields: fields, trailers: trailers, body: body)
  }

  func removing(_ name: String) -> HTTPMessage {
    HTTPMessage(start, fields: fields.filter { !$0.isNamed(name) }, trailers: trailers, body: body)
  }
}
