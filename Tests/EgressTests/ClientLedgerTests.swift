import TestSupport
import Testing

@testable import Egress

@Suite struct ClientLedgerTests {
  @Test("The longest unused key goes first, and none that is in use")
  func eviction() {
    var ledger = ClientLedger<String>(maximumIdle: 2)
    for key in ["a", "b", "c"] {
      let isNew = ledger.begin(key)
      #expect(isNew)
    }
    let again = ledger.begin("a")
    #expect(!again)
    let removed = ["b", "c", "a", "a"].map { ledger.end($0) }
    #expect(removed == [[], [], [], ["b"]])
    #expect(!ledger.contains("b") && ledger.contains("a") && ledger.contains("c"))
  }

  @Test("However calls begin and end, idle keys stay within the limit and busy ones stay", arguments: 0..<10)
  func property(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var ledger = ClientLedger<Int>(maximumIdle: 3)
    var busy: [Int] = []
    for _ in 0..<500 {
      if random.oneIn(2) || busy.isEmpty {
        let key = random.number(in: 0...9)
        _ = ledger.begin(key)
        busy.append(key)
      } else {
        let key = busy.remove(at: random.number(in: 0...(busy.count - 1)))
        for removed in ledger.end(key) { #expect(!busy.contains(removed)) }
      }
      #expect(busy.allSatisfy { ledger.contains($0) })
      #expect(ledger.count <= Set(busy).count + 3)
    }
  }

  @Test("The guard closes clients above the limit")
  func closing() async throws {
    let servers = try await [start(), start(), start()]
    var limits = EgressRig.patient
    limits.idleClients = 1
    try await EgressRig(allowed: servers.map { "api.test:\($0.port)" }, limits: limits).use {
      (egress, _) async throws in
      for server in servers { _ = try await egress.call("http://api.test:\(server.port)/") }
      #expect(egress.clientCount == 1)
    }
    for server in servers { await server.stop() }
  }

  private func start() async throws -> LoopbackServer { try await LoopbackServer.start { _ in .bytes(http("200 OK")) } }
}
