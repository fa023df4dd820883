import Cryptography
import Encodings
import TestSupport
import Testing

@Suite("Digests")
struct DigestTests {
  private static let abc = Array("abc".utf8)

  @Test("The hashes of abc are those of the standards")
  func knownAnswers() {
    #expect(Digest.sha1(Self.abc) == hex("a9993e364706816aba3e25717850c26c9cd0d89d"))
    #expect(
      Digest.sha256(Self.abc) == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    #expect(
      Digest.sha384(Self.abc)
        == hex(
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            + "8086072ba1e7cc2358baeca134c825a7"))
    #expect(
      Digest.sha512(Self.abc)
        == hex(
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"))
    #expect(
      Digest.sha256([UInt8]()) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
  }

  @Test("BLAKE2b: the hash of abc, and two answers of the authors' keyed set")
  func blake2b() {
    #expect(
      Digest.blake2b(Self.abc) == hex("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"))
    let key = GuardedBytes(copying: Array(0..<64))
    #expect(
      Digest.blake2b([UInt8](), key: key, count: 64)
        == hex(
          "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
            + "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568"))
    #expect(
      Digest.blake2b(Array(0..<255), key: key, count: 64)
        == hex(
          "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248"
            + "4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461"))
  }

  @Test("Fields of BLAKE2b are hashed as LengthPrefixed writes them")
  func fields() {
    var joined = LengthPrefixed()
    joined.append("label")
    joined.append([1, 2, 3])
    joined.append("text")
    joined.append(UInt64(0x0102_0304_0506_0708))
    joined.append([])
    var hash = [UInt8](repeating: 0, count: 32)
    hash.withUnsafeMutableBytes { output in
      BLAKE2b.hash(into: output) { hasher in
        hasher.appendField("label" as StaticString)
        hasher.appendField([1, 2, 3])
        hasher.appendField("text" as String)
        hasher.appendField(UInt64(0x0102_0304_0506_0708))
        hasher.appendField([UInt8]())
      }
    }
    #expect(hash == Digest.blake2b(joined.bytes))
  }

  @Test("A fault inside the body of a BLAKE2b passes through, with key and without")
  func fault() {
    struct Stop: Error {}
    var hash = [UInt8](repeating: 0, count: 32)
    let key = GuardedBytes(copying: [UInt8](repeating: 1, count: 32))
    #expect(throws: Stop.self) {
      try hash.withUnsafeMutableBytes { try BLAKE2b.hash(into: $0) { _ in throw Stop() } }
    }
    #expect(throws: Stop.self) {
      try hash.withUnsafeMutableBytes { try BLAKE2b.hash(into: $0, key: key) { _ in throw Stop() } }
    }
  }

  @Test("SHA-256 in pieces is SHA-256 of the whole, wherever it is cut")
  func incremental() {
    var random = SeededRandom(seed: 3)
    let message = random.bytes(300)
    for cut in stride(from: 0, through: 300, by: 23) {
      var hash = SHA256()
      hash.update(message[..<cut])
      hash.update(message[cut...])
      #expect(hash.finish() == Digest.sha256(message))
    }
    #expect(SHA256().finish() == Digest.sha256([UInt8]()))
  }

  @Test("Bytes that do not lie in one piece are hashed like those that do")
  func scattered() {
    let scattered = Self.abc.reversed()
    #expect(Digest.sha256(scattered) == Digest.sha256(Array(scattered)))
    struct Stop: Error {}
    #expect(throws: Stop.self) { try scattered.withRawBytes { _ in throw Stop() } }
    #expect(throws: Stop.self) { try Self.abc.withRawBytes { _ in throw Stop() } }
  }
}
