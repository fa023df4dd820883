import Encodings
import Foundation
import TestSupport
import Testing

/// Damaged documents: refused or read, never a trap; and what is read means what another reader says it means.
@Suite struct JSONTapeFuzzTests {
  private static let seeds: [String] = [
    #"{"a": [1, -2.50e+3, "x\u00e9\n"], "b\"c": {"t": true, "f": false, "n": null}, "": {}}"#,
    #"[[[[]]], {"k": "\ud83d\ude00", "k2": "é😀"}, 0, -0.0E-1, "\\\"\/\b\f\n\r\t"]"#,
    #"{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"\u0031\u0030":10}"#,
    #""plain text that is longer than eight bytes, then \u0041 and more text behind it""#,
    "  [ true , false , null ]\r\n\t",
  ]

  @Test("Every replacement of one byte by every value is read or refused", arguments: seeds.indices)
  func everyByte(seed: Int) {
    let bytes = Array(Self.seeds[seed].utf8)
    var acceptedCount = 0
    for place in bytes.indices {
      var damaged = bytes
      for value in UInt8.min...UInt8.max {
        damaged[place] = value
        if let tape = try? JSONTape(damaged) {
          acceptedCount += 1
          if value.isMultiple(of: 16) { check(tape) }
        }
      }
      #expect((try? JSONTape(Array(bytes[..<place]))) == nil || isComplete(bytes[..<place]))
    }
    #expect(acceptedCount > bytes.count)
  }

  @Test(
    "Seeded mutations are read or refused, and Foundation reads whatever we read", arguments: 0..<8 as Range<UInt64>)
  func mutations(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var acceptedCount = 0
    for _ in 0..<1500 {
      var bytes = Array((random.element(of: Self.seeds) ?? "").utf8)
      for _ in 0..<random.number(in: 1...4) { mutate(&bytes, &random) }
      guard let tape = try? JSONTape(bytes) else { continue }
      acceptedCount += 1
      check(tape)
      let foundation = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
      // Foundation has no place for numbers beyond Double; we keep their text.
      let hasHugeNumber = String(decoding: bytes, as: UTF8.self).contains(/[eE][+-]?\d{2}/)
      #expect(foundation != nil || hasHugeNumber, "seed \(seed)")
    }
    #expect(acceptedCount > 50)
  }

  @Test("Random bytes are read or refused", arguments: 0..<4 as Range<UInt64>)
  func noise(seed: UInt64) {
    var random = SeededRandom(seed: seed &+ 1000)
    let alphabet = Array(#"{}[]",:\u0123dDeE+-. tfn"#.utf8) + [0xC3, 0xA9, 0x00, 0xED]
    for _ in 0..<5000 {
      let bytes = (0..<random.number(in: 0...24)).compactMap { _ in random.element(of: alphabet) }
      if let tape = try? JSONTape(bytes) { check(tape) }
      if let unescaped = JSONText.unescape(content: bytes) {
        #expect(UTF8Text.isValid(unescaped))
        #expect(JSONText.unescapeMapped(content: bytes)?.bytes == unescaped)
      } else {
        #expect(JSONText.unescapeMapped(content: bytes) == nil)
      }
    }
  }

  /// What must hold of every tape.
  private func check(_ tape: JSONTape) {
    let canonical = tape.canonicalText(tape.root)
    guard let again = try? JSONTape(canonical) else {
      Issue.record("the canonical text is not read again")
      return
    }
    #expect(again.canonicalText(again.root) == canonical)
    #expect(again.nodeCount == tape.nodeCount)
    var pending = [tape.root]
    var seenCount = 0
    while let node = pending.popLast() {
      seenCount += 1
      let range = tape.range(node)
      let children = tape.children(node)
      #expect(children.count == tape.count(node))
      var last = range.lowerBound
      for child in children {
        let start = tape.keyRange(child)?.lowerBound ?? tape.range(child).lowerBound
        #expect(start > last)
        last = tape.range(child).upperBound
        #expect(last < range.upperBound)
        if let key = tape.key(child) { #expect(tape.member(node, key) == child) }
      }
      #expect((try? JSONTape(Array(tape.text(node)))) != nil)
      pending += children
    }
    #expect(seenCount == tape.nodeCount)
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    let tokens = ["\"", "\\", "{", "}", "[", "]", ",", ":", "\\u", "0", "1e9", "true", "é", " ", "\n"]
    let place = random.number(in: 0...bytes.count)
    switch random.number(in: 0...4) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.number(in: 0...7))
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2: bytes.insert(contentsOf: Array((random.element(of: tokens) ?? "").utf8), at: place)
    case 3:
      let end = random.number(in: place...bytes.count)
      bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.number(in: 0...bytes.count))
    default: bytes.removeSubrange(place..<min(bytes.count, place + random.number(in: 0...3)))
    }
  }

  /// Whether a cut document happens to be whole: only white space or a digit was cut off.
  private func isComplete(_ prefix: ArraySlice<UInt8>) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(prefix), options: [.fragmentsAllowed])) != nil
  }
}
