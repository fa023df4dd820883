import Encodings
import Testing

@testable import Webhooks

@Suite("Texts of signatures")
struct SignatureTextTests {
  private static let alphabet = Array("0123456789abcdefABF+/=- !".utf8)

  @Test(
    "What is decoded without stopping is what the strict coders decode, and zeros of the same number where they refuse")
  func same() {
    var state: UInt64 = 11
    func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(sides))
    }
    var right = 0
    for round in 0..<20_000 {
      var text = (0..<roll(14)).map { _ in Self.alphabet[roll(round % 2 == 0 ? 16 : Self.alphabet.count)] }
      if round % 3 == 0 { text = Base64.encodeBytes(text) }
      let shifted = ([0x20] + text)[1...]
      for (encoding, strict) in [
        (SignatureEncoding.hex, Hex.decode(text, allowUpperCase: false)), (.base64, Base64.decode(text)),
      ] {
        let found = SignatureText.decode(shifted, encoding)
        #expect(found.isRight == (strict != nil))
        if let strict {
          right += 1
          #expect(found.bytes == strict)
        } else {
          #expect(found.bytes.allSatisfy { $0 == 0 })
        }
      }
    }
    #expect(right > 5_000)
  }

  @Test("A text with one wrong character gives as many bytes as the right one, wherever it stands")
  func oneWrong() {
    let bytes = (0..<32).map { UInt8($0) }
    for (encoding, text) in [(SignatureEncoding.hex, Hex.encodeBytes(bytes)), (.base64, Base64.encodeBytes(bytes))] {
      for place in text.indices.dropLast() {
        var wrong = text
        wrong[place] = UInt8(ascii: "!")
        let found = SignatureText.decode(wrong[...], encoding)
        #expect(!found.isRight)
        #expect(found.bytes.count == 32)
      }
    }
  }
}
