import Encodings
import NamedKeys
import Testing

@testable import Labels

/// What named keys do with values of runs: the work itself is held against others' vectors in NamedKeysTests.
@Suite("Values in the hands of named keys")
struct KeyInputsTests {
  static let message = Samples.text("pay 17 to o'hara", Samples.response)
  static let ways: [(KeySample, BareSigner.Way)] = [
    (KeySamples.bare, .publicKey(.ed25519)), (KeySamples.bareMAC, .hmac(.sha256)), (KeySamples.bareMAC, .hmac(.sha512)),
  ]

  private static func isValid(_ bit: LabeledBit) throws -> Bool { try bit.outcome.get() }

  @Test("What a version signed is valid, under an older version too, and carries both labels")
  func signatures() throws {
    for sample in [KeySamples.ed25519, KeySamples.mac] {
      for version: UInt32 in [1, 2] {
        let signature = try sample.signed(KeyInputs(message: Self.message), version: version)
        #expect(signature.label == Samples.response.joined(with: sample.label))
        #expect(Samples.string(signature).hasPrefix("chancery:v\(version):"))
        let bit = try sample.verified(KeyInputs(message: Self.message, signature: signature))
        #expect(try Self.isValid(bit))
        #expect(bit.label == signature.label)
      }
    }
  }

  @Test("A signature of another message, key or form is not valid, and no error")
  func invalidSignatures() throws {
    let signature = try KeySamples.ed25519.signed(KeyInputs(message: Self.message))
    let other = KeyInputs(message: Samples.text("pay 18 to o'hara"), signature: signature)
    #expect(try !Self.isValid(KeySamples.ed25519.verified(other)))
    #expect(try !Self.isValid(KeySamples.mac.verified(KeyInputs(message: Self.message, signature: signature))))
    for text in ["", "chancery:v1:", "chancery:v9:AAAA", "\u{0}\u{ffff}", "chancery:v01:AAAA"] {
      let inputs = KeyInputs(message: Self.message, signature: LabeledText(clear: text))
      #expect(try !Self.isValid(KeySamples.ed25519.verified(inputs)), "\(text)")
    }
  }

  @Test("A bare signature is valid in the form in which it was made, and in no other", arguments: 0..<3)
  func bareSignatures(number: Int) throws {
    let (sample, way) = Self.ways[number]
    for isHex in [false, true] {
      let signature = try sample.signedBare(KeyInputs(message: Self.message), as: way, isHex: isHex, version: 1)
      let inputs = KeyInputs(message: Self.message, signature: signature)
      #expect(try Self.isValid(sample.verifiedBare(inputs, as: way, isHex: isHex)))
      #expect(try !Self.isValid(sample.verifiedBare(inputs, as: way, isHex: !isHex)))
      #expect(signature.label == Samples.response.joined(with: sample.label))
    }
  }

  @Test("A key does not sign in a way that is not its own")
  func otherWays() {
    #expect(throws: NamedKeyError.self) {
      try KeySamples.bare.signedBare(KeyInputs(message: Self.message), as: .hmac(.sha256))
    }
    #expect(throws: NamedKeyError.algorithm(.ed25519)) {
      try KeySamples.bare.verifiedBare(KeyInputs(message: Self.message), as: .hmac(.sha256))
    }
    #expect(throws: NamedKeyError.purpose(.signing)) {
      try KeySamples.ed25519.signedBare(KeyInputs(message: Self.message), as: .publicKey(.ed25519))
    }
  }

  @Test("A ciphertext carries the labels of its plaintext, and the plaintext removes requests that use it")
  func ciphertexts() throws {
    let data = Samples.text("order 9", Samples.stored)
    for version: UInt32 in [1, 2] {
      let sealed = try KeySamples.cipher.encrypted(
        KeyInputs(message: Self.message, associatedData: data), version: version)
      #expect(sealed.label == Samples.response.joined(with: Samples.stored).joined(with: KeySamples.cipher.label))
      let opened = try KeySamples.cipher.decrypted(KeyInputs(message: sealed, associatedData: data))
      #expect(Samples.string(opened) == Samples.string(Self.message))
      #expect(opened.label.rule == .removesRequest)
      #expect(opened.label.covers(sealed.label))
    }
  }

  @Test("What does not open says one thing, whatever the reason is")
  func unopened() throws {
    let data = LabeledText(clear: "order 9")
    let sealed = try KeySamples.cipher.encrypted(KeyInputs(message: Self.message, associatedData: data))
    let derived = try KeySamples.derived.encrypted(
      KeyInputs(message: Self.message, context: LabeledText(clear: "customer 1")))
    let attempts: [(KeySample, KeyInputs)] = [
      (KeySamples.cipher, KeyInputs(message: sealed)),
      (KeySamples.cipher, KeyInputs(message: sealed, associatedData: LabeledText(clear: "order 8"))),
      (KeySamples.cipher, KeyInputs(message: LabeledText(clear: "chancery:v7:AAAA"), associatedData: data)),
      (KeySamples.cipher, KeyInputs(message: LabeledText(clear: "no ciphertext"), associatedData: data)),
      (KeySamples.derived, KeyInputs(message: derived, context: LabeledText(clear: "customer 2"))),
      (KeySamples.derived, KeyInputs(message: sealed, context: LabeledText(clear: "customer 1"))),
    ]
    for (sample, inputs) in attempts {
      #expect(throws: ValueFault.cannotOpen) { try sample.decrypted(inputs) }
    }
  }

  @Test("Bytes that are no text go in and come out in base 64 only")
  func base64() throws {
    let bytes: [UInt8] = [0, 0xFF, 0xC0, 10]
    let encoded = Samples.text(Base64.encode(bytes), Samples.response)
    let sealed = try KeySamples.cipher.encrypted(KeyInputs(message: encoded, isBase64: true))
    #expect(Samples.string(try KeySamples.cipher.decrypted(KeyInputs(message: sealed, isBase64: true))) == "AP/ACg==")
    #expect(throws: ValueFault.notUTF8) { try KeySamples.cipher.decrypted(KeyInputs(message: sealed)) }
    #expect(throws: ValueFault.notBase64) {
      try KeySamples.cipher.encrypted(KeyInputs(message: Self.message, isBase64: true))
    }
    let signature = try KeySamples.bareMAC.signedBare(KeyInputs(message: encoded, isBase64: true), as: .hmac(.sha256))
    let plain = KeyInputs(message: LabeledText(text: bytes, label: .clear), signature: signature)
    #expect(try Self.isValid(KeySamples.bareMAC.verifiedBare(plain, as: .hmac(.sha256))))
  }

  @Test("Nothing of it is printed")
  func masked() {
    let inputs = KeyInputs(message: Self.message, context: LabeledText(clear: "customer 1"))
    var dumped = ""
    dump(inputs, to: &dumped)
    for text in ["\(inputs)", String(reflecting: inputs), dumped] {
      #expect(!text.contains("o'hara"))
      #expect(!text.contains("customer"))
    }
  }
}
