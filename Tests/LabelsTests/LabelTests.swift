import Destinations
import Encodings
import TestSupport
import Testing

@testable import Labels

@Suite("Label")
struct LabelTests {
  private static func random(_ generator: inout SeededRandom) -> Label {
    let origins: [Origin] = [
      .trigger, .response(step: "a"), .response(step: "b"), .variable(name: "v"), .secret(path: "kv/x", version: 1),
      .secret(path: "kv/x", version: 2), .parameter(method: "m", kind: "query", name: "q"),
      .credential(holder: "h", field: "f"), .namedKey(name: "k", version: 3),
    ]
    let hosts = ["a.example", "b.example:8443", "c.example", "127.0.0.1:9"].map(Samples.host)
    let chosen = (0..<generator.number(in: 0...4)).map { _ in
      LabelOrigin(
        generator.element(of: origins) ?? .trigger, generator.element(of: LogRule.allCases) ?? .shown,
        isChoice: generator.element(of: [true, false]) ?? false)
    }
    let allowed: HostClearance =
      generator.oneIn(2) ? .any : HostClearance(only: hosts.filter { _ in generator.oneIn(2) })
    return Label(origins: chosen, hosts: allowed)
  }

  @Test("A join is commutative, associative and idempotent, and clear is its neutral element", arguments: 0..<40)
  func joinLaws(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed))
    for _ in 0..<20 {
      let (a, b, c) = (Self.random(&generator), Self.random(&generator), Self.random(&generator))
      #expect(a.joined(with: b) == b.joined(with: a), "seed \(seed)")
      #expect(a.joined(with: b).joined(with: c) == a.joined(with: b.joined(with: c)), "seed \(seed)")
      #expect(a.joined(with: a) == a)
      #expect(a.joined(with: .clear) == a)
      #expect(Label.clear.joined(with: a) == a)
    }
  }

  @Test("A join loses no origin, weakens no rule and widens no hosts", arguments: 0..<40)
  func joinNeverWeakens(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 1_000)
    for _ in 0..<20 {
      let (a, b) = (Self.random(&generator), Self.random(&generator))
      let joined = a.joined(with: b)
      for entry in a.origins + b.origins {
        let kept = joined.origins.first { $0.origin == entry.origin }
        #expect((kept?.rule ?? .shown) >= entry.rule && kept != nil)
      }
      #expect(Set(joined.origins.map(\.origin)) == Set((a.origins + b.origins).map(\.origin)))
      for host in ["a.example", "b.example:8443", "c.example", "127.0.0.1:9"].map(Samples.host) {
        #expect(joined.hosts.allows(host) == (a.hosts.allows(host) && b.hosts.allows(host)))
      }
      #expect(joined.rule == max(a.rule, b.rule))
      #expect(joined.covers(a) && joined.covers(b))
    }
  }

  @Test("Stored bytes of a label read back to it, and no changed byte does", arguments: 0..<20)
  func encoding(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 2_000)
    let label = Self.random(&generator)
    #expect(try Label(encoded: label.encoded) == label)
    // A changed name is another label; whatever is read must never be this one.
    let misread = label.encoded.indices.filter { index in
      var changed = label.encoded
      changed[index] ^= 1
      return (try? Label(encoded: changed)) == label
    }
    #expect(misread.isEmpty)
    #expect(throws: ValueFault.damaged) { try Label(encoded: label.encoded.dropLast()) }
    #expect(throws: ValueFault.damaged) { try Label(encoded: label.encoded + [0]) }
  }

  @Test("The bytes of a label are those of docs/spec/labels.md")
  func specifiedBytes() {
    #expect(Hex.encode(Label.clear.encoded) == "00000000000000080000000000000000" + "0000000000000003616e79")
    let label = Label(
      origin: .secret(path: "kv/x", version: 7), rule: .masked, hosts: HostClearance(only: [Samples.host("a.example")]))
    let fields: [[UInt8]] = [
      Array("secret".utf8), Array("kv/x".utf8), Array("7".utf8), Array("only".utf8), [0, 0, 0, 0, 0, 0, 0, 1],
      Array("a.example:443".utf8),
    ]
    var expected: [UInt8] = [
      0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1,
    ]
    for field in fields { expected += [0, 0, 0, 0, 0, 0, 0, UInt8(field.count)] + field }
    #expect(label.encoded == expected)
  }

  @Test("Stored bytes out of order or with an origin twice are refused")
  func encodingIsCanonical() throws {
    let one = LabelOrigin(.response(step: "b"), .masked)
    let two = LabelOrigin(.response(step: "a"), .masked)
    let swapped = Label(sorted: [one, two], hosts: .any)
    #expect(throws: ValueFault.damaged) { try Label(encoded: swapped.encoded) }
    let twice = Label(sorted: [one, one], hosts: .any)
    #expect(throws: ValueFault.damaged) { try Label(encoded: twice.encoded) }
    let unsorted = Label(
      sorted: [one], hosts: .only([Samples.host("b.example"), Samples.host("a.example")]))
    #expect(throws: ValueFault.damaged) { try Label(encoded: unsorted.encoded) }
  }

  @Test("An origin named twice keeps the stricter rule")
  func stricterRule() {
    let label = Label(
      origins: [LabelOrigin(.trigger, .masked), LabelOrigin(.trigger, .removesRequest), LabelOrigin(.trigger, .shown)],
      hosts: .any)
    #expect(label.origins == [LabelOrigin(.trigger, .removesRequest)])
    let rules: [LogRule] = [.masked, .removesRequest]
    let chosen = Label(origins: rules.map { LabelOrigin(.trigger, $0, isChoice: true) }, hosts: .any)
    #expect(chosen.isChoice && chosen.isSecret && !chosen.hasSecretContent)
    #expect(chosen.joined(with: label).hasSecretContent, "what stands in a value has not only chosen it")
    let open = Samples.trigger.joined(with: Samples.stored.ofChoice)
    #expect(!open.isChoice && !open.hasSecretContent && open.isSecret)
    #expect(open.ofChoice.isChoice)
    #expect(Samples.trigger.ofChoice == Samples.trigger)
  }

  @Test("Names in a label are bounded, on a character border")
  func boundedNames() {
    let long = String(repeating: "é", count: 400)
    let label = Label(origin: .variable(name: long), rule: .masked, hosts: .any)
    guard case .variable(let name) = label.origins[0].origin else {
      Issue.record("the origin changed its kind")
      return
    }
    #expect(name.utf8.count == Origin.maximumNameBytes)
    #expect(long.hasPrefix(name))
  }

  @Test("Hosts given unsorted or twice are the same clearance")
  func canonicalHosts() {
    let (a, b) = (Samples.host("a.example"), Samples.host("b.example"))
    let one = Label(origin: .trigger, rule: .shown, hosts: .only([b, a, b]))
    let other = Label(origin: .trigger, rule: .shown, hosts: .only([a, b]))
    #expect(one == other)
    #expect(HostClearance(texts: one.hosts.texts) == one.hosts)
    #expect(HostClearance(texts: nil) == .any)
    #expect(HostClearance(texts: ["not a host"]) == nil)
  }

  @Test("A clearance for nowhere allows no host, and an intersection with it stays nowhere")
  func nowhere() {
    #expect(!HostClearance.nowhere.allows(Samples.host("a.example")))
    #expect(HostClearance.nowhere.intersection(.any) == .nowhere)
    #expect(!HostClearance(only: [Samples.host("a.example")]).allows(Samples.host("a.example:8443")))
  }

  @Test("Restricting a label narrows its hosts and keeps its origins")
  func restricted() {
    let narrowed = Samples.response.restricted(to: Samples.hosts("b.example.com", "z.example.com"))
    #expect(narrowed.hosts == Samples.hosts("b.example.com"))
    #expect(narrowed.origins == Samples.response.origins)
  }
}
