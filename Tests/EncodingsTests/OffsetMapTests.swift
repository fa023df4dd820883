import Encodings
import TestSupport
import Testing

@Suite struct OffsetMapTests {
  @Test("Equal units in a row are one run")
  func runs() {
    var map = OffsetMap(identityOf: 5)
    map.append(inputUnit: 1, outputUnit: 1, repeated: 3)
    map.append(inputUnit: 1, outputUnit: 3, repeated: 1000)
    map.append(inputUnit: 1, outputUnit: 3)
    map.append(inputUnit: 12, outputUnit: 4, repeated: 0)
    #expect(map.runs.count == 2)
    #expect(map.inputCount == 1009)
    #expect(map.outputCount == 8 + 3003)
  }

  @Test("An empty range stays empty, at the start of its unit")
  func empty() {
    var map = OffsetMap(identityOf: 2)
    map.append(inputUnit: 1, outputUnit: 6)
    #expect(map.outputRange(ofInput: 2..<2) == 2..<2)
    #expect(map.outputRange(ofInput: 3..<3) == 8..<8)
    #expect(map.inputRange(ofOutput: 5..<5) == 2..<2)
    #expect(map.inputRange(ofOutput: 8..<8) == 3..<3)
    #expect(OffsetMap().outputRange(ofInput: 0..<0) == 0..<0)
  }

  @Test("Ranges are carried as a map written out byte for byte carries them", arguments: 0..<100 as Range<UInt64>)
  func againstModel(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var map = OffsetMap()
    var units: [(input: Range<Int>, output: Range<Int>)] = []
    for _ in 0..<random.number(in: 1...12) {
      let (input, output) = (random.number(in: 1...4), random.number(in: 1...6))
      for _ in 0..<random.number(in: 1...3) {
        units.append(
          (map.inputCount..<map.inputCount + input, map.outputCount..<map.outputCount + output))
        map.append(inputUnit: input, outputUnit: output)
      }
    }
    for _ in 0..<50 {
      let start = random.number(in: 0...map.inputCount - 1)
      let range = start..<random.number(in: start + 1...map.inputCount)
      let touched = units.filter { $0.input.overlaps(range) }.map(\.output)
      #expect(map.outputRange(ofInput: range) == touched[0].lowerBound..<touched[touched.count - 1].upperBound)
      #expect(map.inverted.inputRange(ofOutput: range) == map.outputRange(ofInput: range))
    }
    for _ in 0..<50 {
      let start = random.number(in: 0...map.outputCount - 1)
      let range = start..<random.number(in: start + 1...map.outputCount)
      let touched = units.filter { $0.output.overlaps(range) }.map(\.input)
      #expect(map.inputRange(ofOutput: range) == touched[0].lowerBound..<touched[touched.count - 1].upperBound)
    }
    #expect(map.inverted.inverted == map)
  }
}
