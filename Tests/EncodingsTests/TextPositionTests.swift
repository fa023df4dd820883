import Encodings
import TestSupport
import Testing

@Suite struct TextPositionTests {
  @Test("Line feeds, carriage returns and both together end a line")
  func lines() {
    let bytes = Array("a\nb\r\nc\rdé😀x".utf8)
    let places = (0...bytes.count).map { TextPosition(offset: $0, in: bytes) }.map { [$0.line, $0.column] }
    #expect(places[0] == [1, 1])
    #expect(places[1] == [1, 2])
    #expect(places[2] == [2, 1])
    #expect(places[5] == [3, 1])
    #expect(places[7] == [4, 1])
    #expect(places[bytes.count] == [4, 5])
    #expect(TextPosition(offset: 1000, in: bytes).offset == bytes.count)
  }

  @Test("Places met in order are those met one by one")
  func inOrder() {
    var random = SeededRandom(seed: 7)
    let bytes = Array((random.text(maximumCount: 60) + "\r\n" + random.text(maximumCount: 60)).utf8)
    var position = TextPosition()
    for offset in 0...bytes.count {
      position.advance(to: offset, in: bytes)
      #expect(position == TextPosition(offset: offset, in: bytes))
    }
  }
}
