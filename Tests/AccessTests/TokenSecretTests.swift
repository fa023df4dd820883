import Access
import Cryptography
import Synchronization
import Testing

@Suite("TokenSecret and TokenAccessor")
struct TokenSecretTests {
  @Test("A token is hvs. and 24 letters and digits; an accessor 24 of them; no two are alike")
  func form() throws {
    var texts: Set<String> = []
    let random = Samples.random(7)
    for _ in 0..<200 {
      let text = try TokenSecret.generate(from: random).disclosedToHolder()
      #expect(text.utf8.count == 28 && text.hasPrefix("hvs."))
      #expect(text.dropFirst(4).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
      #expect(TokenSecret(presented: Array(text.utf8)) != nil)
      texts.insert(text)
      let accessor = try TokenAccessor.generate(from: random)
      #expect(TokenAccessor(accessor.text) == accessor)
      texts.insert(accessor.text)
    }
    #expect(texts.count == 400)
  }

  @Test("Every letter is equally likely: random bytes from 248 on are thrown away")
  func unbiased() throws {
    // Each draw is one byte value over and over, 0 to 255 in turn: without the rejection the first eight letters would
    // come five times in a round, the others four times.
    let state = Mutex<UInt8>(0)
    let constant = RandomSource(insecureForTests: { buffer in
      let value = state.withLock { next in
        defer { next &+= 1 }
        return next
      }
      for index in buffer.indices { buffer[index] = value }
    })
    var counts: [Character: Int] = [:]
    for _ in 0..<248 {
      for letter in try TokenAccessor.generate(from: constant).text { counts[letter, default: 0] += 1 }
    }
    #expect(counts.count == 62)
    #expect(Set(counts.values) == [4 * 24])
  }

  @Test("A random source that gives nothing usable makes an error, not an endless loop")
  func brokenSource() {
    let broken = RandomSource(insecureForTests: { buffer in
      for index in buffer.indices { buffer[index] = 0xFF }
    })
    #expect(throws: AccessError.tokenGeneration) { try TokenSecret.generate(from: broken) }
    #expect(throws: AccessError.tokenGeneration) { try TokenAccessor.generate(from: broken) }
  }

  @Test(
    "What is not exactly of a token's form is none",
    arguments: [
      "", "hvs.", "hvs.abcdefghijklmnopqrstuvw", "hvs.abcdefghijklmnopqrstuvwxy", "hvb.abcdefghijklmnopqrstuvwx",
      "hvs.abcdefghijklmnopqrstuvw!", "hvs.abcdefghijklmnopqrstuvw\n", " hvs.abcdefghijklmnopqrstuvw",
      "HVS.abcdefghijklmnopqrstuvwx", "hvs.abcdefghijklmnopqrstuvé",
    ])
  func malformed(_ text: String) {
    #expect(TokenSecret(presented: Array(text.utf8)) == nil)
  }

  @Test("Neither a token nor an accessor prints its text, alone or nested")
  func masked() throws {
    let issued = try Samples.root()
    let text = issued.secret.disclosedToHolder()
    let presented = PresentedToken(Array(text.utf8))
    var dumped = ""
    dump((issued, presented, [issued.secret], try Samples.live(issued)), to: &dumped)
    for shown in ["\(issued)", "\(presented)", String(reflecting: issued), dumped, "\([issued.token.accessor])"] {
      #expect(!shown.contains(text))
      #expect(!shown.contains(text.dropFirst(4)))
      #expect(!shown.contains(issued.token.accessor.text))
    }
    #expect("\(issued.secret)" == "TokenSecret(masked)")
  }

  @Test("A token and an accessor with the same text have different hashes")
  func separateHashes() throws {
    let issued = try Samples.root()
    #expect(Samples.hasher.hash(of: issued.secret) == issued.token.hash)
    #expect(Samples.hasher.hash(of: issued.token.accessor) != issued.token.hash)
  }
}
