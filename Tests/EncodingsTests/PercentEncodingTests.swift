import Encodings
import Foundation
import TestSupport
import Testing

@Suite struct PercentEncodingTests {
  @Test(
    "Each component keeps its own characters",
    arguments: [
      (PercentEncoding.Component.unreservedOnly, "-._~"), (.formValue, "*-._"), (.pathSegment, "!$&'()*+,-.:;=@_~"),
      (.queryValue, "!$'()*,-./:?@_~"),
    ])
  func kept(component: PercentEncoding.Component, marks: String) {
    let letters = (0x30...0x39).map { UInt8($0) } + (0x41...0x5A).map { UInt8($0) } + (0x61...0x7A).map { UInt8($0) }
    for byte in UInt8.min...UInt8.max {
      let encoded = PercentEncoding.encode([byte], for: component)
      if letters.contains(byte) || marks.utf8.contains(byte) {
        #expect(encoded == [byte])
      } else if byte == 0x20 && component == .formValue {
        #expect(encoded == Array("+".utf8))
      } else {
        #expect(encoded == Array(String(format: "%%%02X", byte).utf8))
      }
    }
  }

  @Test("All bytes and every naughty string come back", arguments: PercentEncoding.Component.allCases)
  func roundTrip(component: PercentEncoding.Component) throws {
    let strings = try NaughtyStrings.load() + [Array(UInt8.min...UInt8.max)]
    for string in strings {
      let encoded = PercentEncoding.encode(string, for: component)
      #expect(encoded.allSatisfy { (0x21...0x7E).contains($0) })
      #expect(PercentEncoding.decode(encoded, plusIsSpace: component == .formValue) == string)
    }
  }

  @Test("A broken escape is refused", arguments: ["%", "a%", "%4", "%4g", "%g4", "%%41", "%-1", "%+1", "% 1"])
  func broken(text: String) {
    #expect(PercentEncoding.decode(text.utf8, plusIsSpace: false) == nil)
    #expect(PercentEncoding.decodeMapped(text.utf8, plusIsSpace: false) == nil)
  }

  @Test("Plus is a space only where asked, digits in either case are read")
  func plus() {
    #expect(PercentEncoding.decode("a+b%2B%2f%2F".utf8, plusIsSpace: true) == Array("a b+//".utf8))
    #expect(PercentEncoding.decode("a+b".utf8, plusIsSpace: false) == Array("a+b".utf8))
  }

  @Test("The maps of encoding and decoding are each other's inverse", arguments: 0..<100 as Range<UInt64>)
  func mapped(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bytes = random.bytes(random.number(in: 0...60))
    for component in PercentEncoding.Component.allCases {
      let encoded = PercentEncoding.encodeMapped(bytes, for: component)
      #expect(encoded.bytes == PercentEncoding.encode(bytes, for: component))
      let decoded = try #require(
        PercentEncoding.decodeMapped(encoded.bytes, plusIsSpace: component == .formValue))
      #expect(decoded.bytes == bytes)
      #expect(decoded.map == encoded.map.inverted)
      for offset in bytes.indices {
        let range = encoded.map.outputRange(ofInput: offset..<offset + 1)
        #expect(Array(encoded.bytes[range]) == PercentEncoding.encode([bytes[offset]], for: component))
      }
    }
  }
}
