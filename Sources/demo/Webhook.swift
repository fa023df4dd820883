import AsyncHTTPClient
import Cryptography
import Encodings
import NIOCore

/// A webhook as GitHub sends it: `X-Hub-Signature-256` is the HMAC of the body.
struct Webhook: Sendable {
  struct Answer: Sendable {
    var status: Int
    var runID: String?
    var isDuplicate: Bool
  }

  let url: String
  let body: [UInt8]

  func send(key: String) async throws -> Answer {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    let mac = HMAC.authenticate(body, key: GuardedBytes(copying: Array(key.utf8)), hash: .sha256)
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "X-GitHub-Event", value: "issues")
    request.headers.add(name: "X-Hub-Signature-256", value: "sha256=\(Hex.encode(mac))")
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    let text = try await response.body.collect(upTo: 65_536)
    let tape = try? JSONTape(Array(text.readableBytesView))
    return Answer(
      status: Int(response.status.code),
      runID: tape.flatMap { tape in tape.member(tape.root, "run_id").flatMap { tape.string($0) } },
      isDuplicate: tape.flatMap { tape in tape.member(tape.root, "duplicate").flatMap { tape.bool($0) } } ?? false)
  }
}
