import Encodings
import Foundation
import TestSupport
import Testing

@Suite struct Base64Tests {
  @Test("RFC 4648 §10", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func rfc(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
  }

  @Test("Every length and byte comes back in both alphabets, as Foundation writes it")
  func roundTrip() {
    var random = SeededRandom(seed: 64)
    for count in 0..<130 {
      let bytes = random.bytes(count)
      #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
      for alphabet in [Base64.Alphabet.standard, .urlSafe] {
        #expect(Base64.decode(Base64.encode(bytes, alphabet: alphabet), alphabet: alphabet) == bytes)
        let bare = Base64.encode(bytes, alphabet: alphabet, padded: false)
        #expect(Base64.decode(bare, alphabet: alphabet, padding: .forbidden) == bytes)
        #expect(Base64.decode(bare, alphabet: alphabet, padding: .optional) == bytes)
        #expect((Base64.decode(bare, alphabet: alphabet) == nil) == !count.isMultiple(of: 3))
      }
    }
  }

  @Test("One value has one spelling: whatever is decoded encodes to the same text")
  func canonical() {
    let alphabet = Array("ABQgw/+-_=Zz09 ".utf8)
    var random = SeededRandom(seed: 4648)
    var acceptedCount = 0
    for _ in 0..<40_000 {
      let text = (0..<random.number(in: 0...8)).compactMap { _ in random.element(of: alphabet) }
      if let bytes = Base64.decode(text) {
        acceptedCount += 1
        #expect(Base64.encodeBytes(bytes) == text)
      }
      if let bytes = Base64.decode(text, alphabet: .urlSafe, padding: .forbidden) {
        #expect(Base64.encodeBytes(bytes, alphabet: .urlSafe, padded: false) == text)
      }
    }
    #expect(acceptedCount > 500)
  }

  @Test(
    "Neighbours of good text are refused",
    arguments: [
      "Zh==", "Zm9=", "Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm9v=", "Zm9v====", "=", "====", "Z===", "Zm 9v", "Zm9v\n",
      " Zm9v", "Zm9v Zm9v", "Zm-_", "Zg==Zg==", "Zmé9",
    ])
  func refused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("Padding is judged as asked")
  func padding() {
    #expect(Base64.decode("Zg==", padding: .forbidden) == nil)
    #expect(Base64.decode("Zg=", padding: .optional) == nil)
    #expect(Base64.decode("Zg", padding: .optional) == [0x66])
    #expect(Base64.decode("Zh", padding: .optional) == nil)
    #expect(Base64.decode("+/+/", alphabet: .urlSafe) == nil)
  }

  /// The file's lines are those strings cut anew, so the bytes are not compared with the other list.
  @Test("Every line of the naughty strings' base64 file is read and written back")
  func naughtyStrings() throws {
    let tape = try Vectors.json("naughty-strings/blns.base64.json")
    let texts = tape.children(tape.root).compactMap { tape.string($0) }
    #expect(texts.count == 676)
    for text in texts { #expect(Base64.decode(text).map { Base64.encode($0) } == text) }
  }
}
