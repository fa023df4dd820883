import Cryptography
import Testing

@testable import Keyring

@Suite("Size classes")
struct SizeClassTests {
  @Test("Classes hold what they should, grow steadily, and add at most a quarter")
  func classes() {
    #expect(
      [0, 1, 64, 65, 80, 81, 96, 97, 112, 113, 128, 129, 160].map(SizeClass.containing) == [
        64, 64, 64, 80, 80, 96, 96, 112, 112, 128, 128, 160, 160,
      ])
    var last = 64
    for count in 1...20_000 {
      let size = SizeClass.containing(count)
      #expect(size >= count && size >= last)
      #expect(SizeClass.containing(size) == size)
      if count > 64 { #expect(size * 4 <= (count - 1) * 5) }
      last = size
    }
  }

  @Test("Padding ends where the content ends, whatever the content is")
  func padding() {
    for count in 0...300 {
      let size = SizeClass.containing(count + 1)
      var bytes = [UInt8](repeating: 0x80, count: size)
      bytes.withUnsafeMutableBytes { SizeClass.pad($0, from: count) }
      #expect(bytes.withRawBytes { SizeClass.contentCount($0) } == count)
    }
    #expect([UInt8]().withRawBytes { SizeClass.contentCount($0) } == nil)
  }
}
