import CScan
import TestSupport
import Testing

@testable import Redaction

@Suite("Loops for processors without AVX2")
struct PlainLoopsTests {
  @Test("A processor without AVX2 masks every text as one with it, in each scope")
  func same() async {
    // A process of its own: what is switched off stays off.
    await #expect(processExitsWith: .success) {
      var texts: [(set: Int, text: [UInt8])] = []
      for (index, set) in OracleTests.sets.enumerated() {
        var sampler = TextSampler(seed: UInt64(index), secrets: set.map { Array($0.utf8) })
        for count in [0, 1, 31, 32, 33, 63, 64, 65] + (0..<40).map({ 100 + 17 * $0 }) {
          texts.append((index, sampler.text(count) + (count.isMultiple(of: 3) ? sampler.compressed() : [])))
        }
      }
      let pairs = OracleTests.sets.map { OracleTests.pair($0.map { Array($0.utf8) }) }
      let mask = { (scope: TextScope) in texts.map { pairs[$0.set].matcher.redact($0.text, scope: scope).bytes } }
      let scopes: [TextScope] = [.all, .wholeSecrets, .wholeForms]
      let before = scopes.map(mask)
      chancery_use_plain_loops()
      let after = scopes.map(mask)
      #expect(before == after)
      #expect(zip(before[0], texts).contains { $0 != $1.text }, "nothing was masked at all")
    }
  }
}
