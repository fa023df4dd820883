import CHardening
import TestSupport
import Testing

/// What the watcher of a service lets through (`Sources/CHardening/Frames.c`).
@Suite("Frames of our own lines")
struct FramesTests {
  private final class Passed {
    var bytes: [UInt8] = []
  }

  /// What passes, and how many bytes were withheld, when the bytes come in these pieces.
  private static func take(_ pieces: [[UInt8]], tag: [UInt8]) -> (passed: [UInt8], withheld: Int) {
    let passed = Passed()
    let frames = UnsafeMutablePointer<chancery_frames>.allocate(capacity: 1)
    defer { frames.deallocate() }
    frames.initialize(to: chancery_frames())
    withUnsafeMutableBytes(of: &frames.pointee.tag) { $0.copyBytes(from: tag) }
    for piece in pieces {
      chancery_frames_take(
        frames, piece, piece.count,
        { context, bytes, count in
          guard let context, let bytes else { return }
          Unmanaged<Passed>.fromOpaque(context).takeUnretainedValue().bytes += UnsafeBufferPointer(
            start: bytes, count: count)
        }, Unmanaged.passUnretained(passed).toOpaque())
    }
    chancery_frames_end(frames)
    return (passed.bytes, Int(frames.pointee.withheld))
  }

  private static func frame(_ text: [UInt8], tag: [UInt8]) -> [UInt8] {
    tag + [UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }

  @Test("Framed text passes and all else is counted, however the bytes are cut", arguments: 0..<200)
  func cuts(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let tag = random.bytes(16)
    var stream: [UInt8] = []
    var expected: [UInt8] = []
    var others = 0
    for _ in 0..<random.number(in: 1...12) {
      if random.oneIn(2) {
        let text = random.bytes(random.number(in: 0...4_078))
        stream += Self.frame(text, tag: tag)
        expected += text
      } else {
        // With beginnings of the tag in it, but never all of it.
        var noise: [UInt8] = []
        for _ in 0..<random.number(in: 0...40) {
          noise += random.bytes(random.number(in: 0...200)) + tag.prefix(random.number(in: 0...15)) + [tag[0] ^ 1]
        }
        stream += noise
        others += noise.count
      }
    }
    var pieces: [[UInt8]] = []
    var rest = stream[...]
    while !rest.isEmpty {
      let piece = rest.prefix(random.number(in: 1...random.number(in: 1...20_000)))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    let found = Self.take(pieces, tag: tag)
    #expect(found.passed == expected)
    #expect(found.withheld == others)
  }

  @Test("A frame that is cut off by the end is withheld, whatever of it came")
  func cutOff() {
    let tag: [UInt8] = Array(1...16)
    let whole = Self.frame(Array("a line\n".utf8), tag: tag)
    for count in 0..<whole.count {
      let found = Self.take([whole + whole.prefix(count)], tag: tag)
      #expect(found.passed == Array("a line\n".utf8))
      #expect(found.withheld == count)
    }
  }

  @Test("A frame longer than one of ours, and the tag of another process, pass nothing")
  func foreign() {
    let tag: [UInt8] = Array(1...16)
    let text = [UInt8](repeating: 0x41, count: 5_000)
    let long = Self.take([Self.frame(text, tag: tag)], tag: tag)
    #expect(long.passed == [])
    #expect(long.withheld == text.count + 18)
    let other = Self.take([Self.frame(Array("a line\n".utf8), tag: tag.reversed())], tag: tag)
    #expect(other.passed == [])
    #expect(other.withheld == 25)
  }
}
