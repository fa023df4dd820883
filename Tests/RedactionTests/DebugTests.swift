import TestSupport
import Testing
@testable import Redaction
@Suite struct DebugTests {
  @Test func debugCase() {
    let set = 5, seed = 1
    let pair = OracleTests.pair(OracleTests.sets[set].map { Array($0.utf8) }, borderOnly: ["pin7", "a1b2c"])
    var sampler = TextSampler(seed: UInt64(set * 1000 + seed), secrets: pair.secrets)
    let text = sampler.text(sampler.random.number(in: 2000...5000))
    let naive = pair.naive.places(in: text, scope: .all)
    let found = pair.matcher.matches(in: text).map { $0.range }
    let a = pair.matcher.redact(text).bytes, b = pair.naive.redact(text, scope: .all)
    print("equal", a == b, naive.map(\.range) == found)
    let at = zip(a, b).prefix { $0 == $1 }.count
    print(String(decoding: a.dropFirst(max(at - 60, 0)).prefix(200), as: UTF8.self).debugDescription)
    print(String(decoding: b.dropFirst(max(at - 60, 0)).prefix(200), as: UTF8.self).debugDescription)
    for m in pair.matcher.matches(in: text) where !naive.map(\.range).contains(m.range) { print("extra", m.range, m.name, m.kind, String(decoding: text[m.range], as: UTF8.self).debugDescription) }
    for place in naive where !found.contains(place.range) {
      let r = place.range
      print("missing", r, place.names, String(decoding: text[max(r.lowerBound-20,0)..<min(r.upperBound+20,text.count)], as: UTF8.self).debugDescription)
      for from in stride(from: 0, to: r.lowerBound, by: 100) {
        let part = Array(text[from..<r.upperBound+20])
        let f = pair.matcher.matches(in: part).map { $0.range.lowerBound + from..<$0.range.upperBound + from }
        print(from, f.contains(r))
      }
    }
  }
}
