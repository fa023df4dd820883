import Encodings
import TestSupport
import Testing

@Suite struct HexTests {
  @Test("Every byte comes back")
  func roundTrip() {
    let bytes = Array(UInt8.min...UInt8.max)
    let text = Hex.encode(bytes)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
    #expect(Hex.decode(text) == bytes)
    #expect(Hex.decode(text.uppercased()) == nil)
    #expect(Hex.decode(text.uppercased(), allowUpperCase: true) == bytes)
    #expect(Hex.encodeBytes(bytes, upperCase: true) == Array(text.uppercased().utf8))
  }

  @Test(
    "Neighbours of good text are refused",
    arguments: ["0", "0g", "g0", "0x", " 00", "00 ", "0é", "@0", "`0", "/0", ":0"])
  func refused(text: String) {
    #expect(Hex.decode(text, allowUpperCase: true) == nil)
  }
}
