import Cryptography
import Encodings
import Foundation
import Synchronization
import Testing

@testable import Runner
@testable import Webhooks

/// A publisher of certificates: counts, and lets the test say when it answers.
private final class Publisher: Sendable {
  private struct State {
    var asked: [[UInt8]] = []
    var file: [UInt8]?
    var isHeld = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state: Mutex<State>

  init(_ file: [UInt8]?) { state = Mutex(State(file: file)) }

  var asked: Int { state.withLock { $0.asked.count } }

  func publish(_ file: [UInt8]?) { state.withLock { $0.file = file } }

  func hold() { state.withLock { $0.isHeld = true } }

  func letGo() {
    let waiting = state.withLock { state in
      state.isHeld = false
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }

  func get(_ address: [UInt8]) async -> [UInt8]? {
    state.withLock { $0.asked.append(address) }
    await withCheckedContinuation { continuation in
      let isHeld = state.withLock { state in
        if state.isHeld { state.waiting.append(continuation) }
        return state.isHeld
      }
      if !isHeld { continuation.resume() }
    }
    return state.withLock { $0.file }
  }
}

@Suite("The book of fetched certificates")
struct CertificateBookTests {
  private static let day: Int64 = 86_400_000

  /// A certificate of 30 days, and an instant at which it is valid.
  private static func certificate() throws -> (pem: [UInt8], now: Instant) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("book-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      "openssl req -x509 -subj /CN=a -days 30 -newkey rsa:2048 -nodes -sha256 -keyout k.pem -out c.pem".split(
        separator: " "
      ).map(String.init)
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let pem = Array(try Data(contentsOf: folder.appendingPathComponent("c.pem")))
    let reading = try #require(CertificateKey(pem: pem))
    return (pem, reading.notBefore.advanced(byMilliseconds: 1_000))
  }

  private static func scheme() throws -> SignatureScheme {
    let catalogue = try SchemeCatalogue.load(
      """
      by-address:
        signature: {in: header, name: X-Sig, encoding: base64}
        algorithm: rsa-pkcs1-sha256
        message: "{body}"
        key_url: {in: header, name: X-Cert, pattern: 'https://certs\\.example/[0-9]+', chain: none}
      """, file: "s.yaml"
    ).get()
    return try #require(catalogue.scheme(named: "by-address"))
  }

  private static func address(_ number: Int) -> [UInt8] { Array("https://certs.example/\(number)".utf8) }

  @Test("A certificate is fetched once, kept, fetched again while it serves, and not served past its time")
  func keeping() async throws {
    let (pem, now) = try Self.certificate()
    let scheme = try Self.scheme()
    let publisher = Publisher(pem)
    let book = CertificateBook(roots: .only([])) { await publisher.get($0) }
    func ask(_ after: Int64) async -> FetchedKey? {
      await book.key(
        at: Self.address(1), for: scheme, endpoint: "e", now: now.advanced(byMilliseconds: after), moment: after)
    }
    #expect(await ask(0) != nil)
    #expect(await ask(Self.day - 1) != nil)
    #expect(publisher.asked == 1)
    // A day later it is fetched again, and the old one serves meanwhile.
    publisher.hold()
    #expect(await ask(Self.day) != nil)
    #expect(await ask(Self.day + 1) != nil)
    publisher.publish(nil)
    publisher.letGo()
    while publisher.asked < 2 { await Task.yield() }
    // What failed is not asked for again within the minute, and the old one serves until it is two days old.
    #expect(await ask(2 * Self.day - 1) != nil)
    publisher.publish(nil)
    #expect(await ask(2 * Self.day + 120_000) == nil)
    // Past its end nothing serves, however young.
    publisher.publish(pem)
    #expect(await ask(2 * Self.day + 240_000) != nil)
    #expect(await ask(31 * Self.day) == nil)
  }

  @Test("Many requests that wait for one address wait for one fetch")
  func oneFlight() async throws {
    let (pem, now) = try Self.certificate()
    let scheme = try Self.scheme()
    let publisher = Publisher(pem)
    let book = CertificateBook(roots: .only([])) { await publisher.get($0) }
    publisher.hold()
    let found = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask {
          await book.key(at: Self.address(1), for: scheme, endpoint: "e", now: now, moment: 0) != nil
        }
      }
      while publisher.asked == 0 { await Task.yield() }
      publisher.letGo()
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(found == 50)
    #expect(publisher.asked == 1)
  }

  @Test("A failure is remembered for seconds, and an endpoint's fetches have an end")
  func bounds() async throws {
    let (_, now) = try Self.certificate()
    let scheme = try Self.scheme()
    let publisher = Publisher(nil)
    let book = CertificateBook(roots: .only([])) { await publisher.get($0) }
    func ask(_ number: Int, _ moment: Int64, endpoint: String = "e") async {
      _ = await book.key(at: Self.address(number), for: scheme, endpoint: endpoint, now: now, moment: moment)
    }
    await ask(1, 0)
    await ask(1, 4_999)
    #expect(publisher.asked == 1)
    await ask(1, 5_000)
    #expect(publisher.asked == 2)
    // Whoever sends a new address each time gets six fetches, and then one in ten seconds.
    for number in 10..<40 { await ask(number, 5_000) }
    #expect(publisher.asked == 6)
    await ask(41, 15_000)
    await ask(42, 15_000)
    #expect(publisher.asked == 7)
    await ask(43, 15_000, endpoint: "other")
    #expect(publisher.asked == 8)
  }

  @Test("What is no certificate, and what is judged by another rule, is not kept")
  func judging() async throws {
    let (pem, now) = try Self.certificate()
    let scheme = try Self.scheme()
    let publisher = Publisher(Array("<html>".utf8))
    let book = CertificateBook(roots: .only([])) { await publisher.get($0) }
    #expect(await book.key(at: Self.address(1), for: scheme, endpoint: "e", now: now, moment: 0) == nil)
    #expect(await book.count == 0)
    publisher.publish(pem)
    #expect(await book.key(at: Self.address(1), for: scheme, endpoint: "e", now: now, moment: 6_000) != nil)
    #expect(await book.count == 1)
    let strict = try SchemeCatalogue.load(
      """
      by-address:
        signature: {in: header, name: X-Sig, encoding: base64}
        algorithm: rsa-pkcs1-sha256
        message: "{body}"
        key_url: {in: header, name: X-Cert, pattern: 'https://certs\\.example/[0-9]+'}
      """, file: "s.yaml"
    ).get()
    let other = try #require(strict.scheme(named: "by-address"))
    #expect(await book.key(at: Self.address(1), for: other, endpoint: "e", now: now, moment: 7_000) == nil)
    await book.forget()
    #expect(await book.count == 0)
  }
}
