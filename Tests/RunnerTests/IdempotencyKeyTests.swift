import RunEngine
import Testing

@testable import Runner

@Suite("Idempotency keys of calls")
struct IdempotencyKeyTests {
  private static let run = RunID(at: Samples.now, random: [UInt8](repeating: 1, count: 10))

  private static func key(_ step: String, _ visit: Int = 1, among steps: [String]) -> String {
    IdempotencyKey.text(run: run, step: step, visit: visit, among: steps)
  }

  @Test("A key is made of run, step and visit, and an attempt has no part in it")
  func plain() {
    #expect(Self.key("pay", 3, among: ["pay"]) == "\(Self.run.text)-pay-3")
    #expect(Self.key("pay-1", among: ["pay-1"]) == "\(Self.run.text)-pay-1-1")
  }

  @Test("What no other step has stays what it was before steps were told apart")
  func unchanged() {
    #expect(Self.key("a.b", among: ["a.b", "c"]) == "\(Self.run.text)-a_b-1")
    #expect(Self.key("zahlen für", among: ["zahlen für"]) == "\(Self.run.text)-zahlen_f_r-1")
  }

  @Test("Steps whose names are alike but for a character that no key has have keys of their own")
  func distinct() {
    let steps = ["a.b", "a_b", "a b", "a/b", "aüb", "a-b", "c.d"]
    let keys = steps.map { Self.key($0, among: steps) }
    #expect(Set(keys).count == steps.count)
    #expect(keys[0] == "\(Self.run.text)-a.b-1")
    #expect(keys[1] == "\(Self.run.text)-a_b-1")
    #expect(keys[2].hasPrefix("\(Self.run.text)-a_b~"))
    for key in keys { #expect(key.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(key)") }
  }
}
