import Cryptography
import Destinations
import Encodings
import Foundation
import Keyring
import Labels
import Synchronization
import TestSupport
import Testing

@testable import Egress

/// What the send door lets out, on the wire.
@Suite struct SendableRequestTests {
  private let template: URLTemplate
  private let place = ParameterPlace(
    methodID: "m1", kind: .header, name: "X-Api-Key", httpMethod: "POST", generation: 1)
  private let secret = Array("s3cr3t-Kx92-vQ71-zzpL".utf8)
  private let server: LoopbackServer
  private let rig: EgressRig

  init() async throws {
    server = try await LoopbackServer.start { _ in .bytes(http("307 Temporary Redirect", [("Location", "/other")])) }
    rig = EgressRig(
      allowed: ["api.test:\(server.port)", "other.test:\(server.port)"],
      answers: ["api.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]])
    template = try URLTemplate(
      base: "http://api.test:\(server.port)", resource: "items/<<id>>", segments: .whole,
      allowingPlainHTTP: { _ in true })
  }

  /// Opens a request with a sealed header for the destination of `template`.
  private func open(_ destination: ResolvedDestination) throws -> SendableRequest {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("egress-keys-\(server.port)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = SeededBytes(Mutex(SeededRandom(seed: 7)))
    let keyring = try KeyringFolder(folder.path, random: RandomSource(insecureForTests: { source.fill($0) }))
      .initialise(seal: .dev, at: Instant(millisecondsSinceEpoch: 1_795_536_339_000))
    let parameters = BoundParameters(keyring)
    let envelope = try parameters.seal(secret, as: .literal, at: place, template: template)
    let request = try RenderedRequest(
      method: "POST", template: template, values: ["id": LabeledText(clear: "a b")],
      headers: [RequestField(BoundParameter(place: place, envelope: envelope))])
    var registry = SecretRegistry(pseudonyms: Pseudonyms(run: "run") { _ in "abcd" })
    return try SendDoor(parameters).open(request, for: destination.first, registry: &registry).get()
  }

  @Test("An encrypted header arrives in the clear at its own URL, and does not follow a redirect")
  func arrives() async throws {
    try await rig.use { (egress, _) async throws in
      let destination = try await egress.resolve(template.root)
      var options = CallOptions(timeout: .seconds(36_000))
      options.redirects = .sameOrigin
      let response = try await egress.send(try open(destination), to: destination, options: options)
      #expect(response.status == 307)
    }
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1)
    #expect(request.target == "/items/a%20b")
    #expect(request.value("x-api-key") == String(decoding: secret, as: UTF8.self))
    await server.stop()
  }

  @Test("What was let out for one destination is not sent to another, at the same address or not")
  func otherDestination() async throws {
    try await rig.use { (egress, _) async throws in
      let sendable = try open(try await egress.resolve(template.root))
      let other = try await egress.resolve(
        CanonicalURL("http://other.test:\(server.port)/", allowingPlainHTTP: { _ in true }))
      await #expect(throws: EgressFailure.blocked(.request(.otherDestination))) {
        try await egress.send(sendable, to: other, options: CallOptions(timeout: .seconds(36_000)))
      }
    }
    #expect(server.connections == 0)
    await server.stop()
  }
}

/// Seeded bytes that a random source may ask for from anywhere.
private final class SeededBytes: Sendable {
  private let generator: Mutex<SeededRandom>
  init(_ generator: consuming Mutex<SeededRandom>) { self.generator = generator }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    buffer.copyBytes(from: generator.withLock { $0.bytes(buffer.count) })
  }
}
