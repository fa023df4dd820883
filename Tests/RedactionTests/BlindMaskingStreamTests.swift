import Cryptography
import Encodings
import TestSupport
import Testing

@testable import Redaction

@Suite("BlindMaskingStream")
struct BlindMaskingStreamTests {
  private func redact(_ set: BlindSet, _ text: [UInt8]) -> [UInt8] {
    var stream = BlindMaskingStream(set)
    return stream.push(text) + stream.finish()
  }

  @Test("Every form is masked whole, digits that share bits and padding included", arguments: 24...56)
  func forms(count: Int) throws {
    let secret = BlindSetTests.secrets(UInt64(count), [count])[0]
    let set = try BlindSetTests.set([secret])
    let mask = set.masks[0]
    var listed = SecretForms.forms(of: secret).filter { ![.transcoded, .quoted].contains($0.kind) }.map(\.bytes)
    listed.append(Hex.encodeBytes(secret, upperCase: true))
    for form in listed {
      for (before, after) in [("", ""), ("<", ">"), ("key=", "\n")] {
        let masked = redact(set, Array(before.utf8) + form + Array(after.utf8))
        let expected = Array(before.utf8) + mask + Array(after.utf8)
        #expect(masked == expected, "\(String(decoding: masked, as: UTF8.self))")
      }
    }
    for alignment in 0..<3 {
      let inside = Base64.encodeBytes(
        [UInt8](repeating: 0x7B, count: alignment) + secret + [0x7D], alphabet: .urlSafe, padded: true)
      let masked = redact(set, inside)
      #expect(masked.firstRange(of: mask) != nil && masked.count < mask.count + 8, "\(alignment)")
    }
  }

  @Test("Text of forms, pieces, escapes and line breaks is masked as brute force masks it", arguments: 1...40)
  func bruteForce(seed: UInt64) throws {
    let secrets = BlindSetTests.secrets(seed, [24 + Int(seed % 9), 33, 40])
    let set = try BlindSetTests.set(secrets)
    var sampler = TextSampler(seed: seed, secrets: secrets)
    let text = sampler.text(6_000)
    let expected = NaiveBlind(secrets: secrets, masks: set.masks).redact(text)
    #expect(redact(set, text) == expected)
  }

  @Test("The output is the same however the text is cut", arguments: 1...30)
  func cuts(seed: UInt64) throws {
    let secrets = BlindSetTests.secrets(seed, [24 + Int(seed % 9), 33, 40])
    let set = try BlindSetTests.set(secrets)
    var sampler = TextSampler(seed: seed &+ 100, secrets: secrets)
    let text = sampler.text(30_000)
    let expected = redact(set, text)
    for largest in [1, 40, 3_000] {
      var stream = BlindMaskingStream(set)
      var output: [UInt8] = []
      var start = 0
      while start < text.count {
        let end = min(start + sampler.random.number(in: 1...largest), text.count)
        output += stream.push(Array(text[start..<end]))
        #expect(output.count < text.count * 4)
        start = end
      }
      output += stream.finish()
      #expect(output == expected, "\(largest)")
    }
  }

  @Test("A secret's neighbours, pieces and values that differ in one byte are not masked")
  func others() throws {
    let secret = BlindSetTests.secrets(7, [41])[0]
    let set = try BlindSetTests.set([secret])
    for index in secret.indices {
      var changed = secret
      changed[index] = changed[index] == 0x39 ? 0x38 : 0x39
      if changed != secret { #expect(redact(set, changed) == changed) }
    }
    for count in 0..<41 {
      #expect(redact(set, Array(secret.prefix(count))) == Array(secret.prefix(count)))
      #expect(redact(set, Array(secret.suffix(count))) == Array(secret.suffix(count)))
    }
  }

  @Test("Bytes without a secret pass unchanged, whatever they are")
  func passThrough() throws {
    let set = try BlindSetTests.set(BlindSetTests.secrets(8, [Int](repeating: 40, count: 200)))
    var random = SeededRandom(seed: 8)
    for _ in 0..<4 {
      let noise = random.bytes(50_000)
      #expect(redact(set, noise) == noise)
    }
    var sampler = ShapesSampler(random: random)
    for pattern in ["{100000h}", "{100000b}", "{100000d}"] {
      let text = sampler.token(pattern)
      #expect(redact(set, text) == text)
    }
  }

  @Test("Masks that overlap are one, and of equals the first of the set gives the name")
  func overlaps() throws {
    let whole = BlindSetTests.secrets(9, [60])[0]
    let secrets = [Array(whole[..<40]), Array(whole[20...]), Array(whole[..<40])]
    let set = try BlindSetTests.set(secrets)
    #expect(redact(set, [0x5B] + whole + [0x5D]) == [0x5B] + set.masks[0] + [0x5D])
    #expect(redact(set, secrets[1] + secrets[0]) == set.masks[1] + set.masks[0])
    var stream = BlindMaskingStream(set)
    let output = stream.push(whole) + stream.finish() + stream.push(secrets[1]) + stream.finish()
    #expect(output == set.masks[0] + set.masks[1])
    #expect(stream.counts == [set.secrets[0].name: 1, set.secrets[1].name: 1])
  }

  @Test("Text made of a secret's own window is withheld when it costs too much, and nothing passes after that")
  func boundedWork() throws {
    // Of nearly the right length everywhere, and never the secret: each place costs four hashes.
    let secret = BlindSetTests.secrets(10, [40])[0]
    let set = try BlindSetTests.set([[UInt8]](repeating: secret, count: 200))
    let window = Array(secret[16..<20])
    let text = (0..<4_000).flatMap { _ in window }
    var stream = BlindMaskingStream(set)
    var output: [UInt8] = []
    for _ in 0..<12 { output += stream.push(text) }
    output += stream.finish()
    #expect(stream.withheld == .tooMuchWork)
    let marker = Array(Mask.withheld(.tooMuchWork).utf8)
    #expect(output.suffix(marker.count) == marker[...])
    #expect(output.dropLast(marker.count).allSatisfy { window.contains($0) })
    let later = stream.push(secret) + stream.finish()
    #expect(later.isEmpty)
  }

  @Test("A text of line breaks and blanks is held back by no more than its bound")
  func blanks() throws {
    let secret = BlindSetTests.secrets(12, [40])[0]
    let set = try BlindSetTests.set([secret])
    for unit in ["\n", " ", "\\n ", "%20"] {
      var stream = BlindMaskingStream(set)
      var output: [UInt8] = []
      let text = (0..<300_000 / unit.utf8.count).flatMap { _ in Array(unit.utf8) } + secret
      for start in stride(from: 0, to: text.count, by: 5_000) {
        let end = min(start + 5_000, text.count)
        output += stream.push(Array(text[start..<end]))
        #expect(output.count >= end - 2 * set.holdBack || end == text.count)
      }
      output += stream.finish()
      #expect(output == text.dropLast(40) + set.masks[0], "\(unit.debugDescription)")
    }
  }

  @Test("A stream and a set print nothing of a text or a secret")
  func printing() throws {
    let secret = BlindSetTests.secrets(13, [40])[0]
    let set = try BlindSetTests.set([secret])
    var stream = BlindMaskingStream(set)
    _ = stream.push(secret)
    var dumped = ""
    dump(stream, to: &dumped)
    dump(set, to: &dumped)
    #expect(!"\(stream) \(set) \(dumped)".contains(String(decoding: secret, as: UTF8.self)))
    #expect(dumped.utf8.count < 120)
  }
}
