import Encodings
import Foundation
import Testing

@testable import Hunting

@Suite("CanaryHunt")
struct CanaryHuntTests {
  static let value = Array("k7Qw~2bX.9vNz4LmP1sD8fGh3J".utf8)
  static let other = Array("Zt5rY8uI2oP6aS9dF3gH7jK1lX".utf8)

  static func hunt() throws -> CanaryHunt {
    try CanaryHunt([Canary(name: "one", value: value), Canary(name: "two", value: other)])
  }

  /// A folder that is removed afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hunting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path(percentEncoded: false))
  }

  @Test("A find names place, offset, form and canary, and never the value")
  func line() throws {
    let finds = try Self.hunt().finds(in: Array("12345 ".utf8) + Self.value + Array(" 6".utf8), at: "log")
    #expect(finds.map(\.line) == ["log:6: one (as it is)"])
    #expect("\(Canary(name: "one", value: Self.value))" == "Canary(one, masked)")
  }

  @Test("Bytes printed as numbers, escapes of C and a value turned round are found, which the scanner does not know")
  func beyondTheScanner() throws {
    let hunt = try Self.hunt()
    for text in [
      "\(Self.value)", String(decoding: Self.value.reversed(), as: UTF8.self),
      Self.value.map { "\\x" + Hex.encode([$0]) }.joined(), Self.value.map { Hex.encode([$0]) }.joined(separator: ":"),
    ] {
      #expect(hunt.finds(in: Array("a \(text) b".utf8), at: "x").map(\.canary) == ["one"], "\(text.count) characters")
    }
  }

  @Test("Text without a canary has no finds, also where it is much alike")
  func clean() throws {
    var near = Self.value
    near[13] ^= 1
    let hunt = try Self.hunt()
    #expect(hunt.finds(in: near, at: "x").isEmpty)
    #expect(hunt.finds(in: Array(Base64.encode(near).utf8), at: "x").isEmpty)
    #expect(hunt.finds(in: [], at: "x").isEmpty)
  }

  @Test("Every plant is found, and a hunt that looks for something else does not find it")
  func controls() throws {
    let hunt = try Self.hunt()
    #expect(try HuntControls.prove(hunt) > 60)
    let blind = try CanaryHunt([Canary(name: "three", value: Array("M4nB7vC1xZ8lK2jH5gF9dS".utf8))])
    #expect(blind.finds(in: Self.value, at: "x").isEmpty)
  }

  @Test("What is too short or too plain to be told from other text is refused, and so are two of one name")
  func refusals() {
    #expect(throws: HuntFailure.self) { try CanaryHunt([Canary(name: "short", value: Array("k7Qw".utf8))]) }
    #expect(throws: HuntFailure.self) { try CanaryHunt([Canary(name: "plain", value: Array("password".utf8))]) }
    #expect(throws: HuntFailure.self) {
      try CanaryHunt([Canary(name: "one", value: Self.value), Canary(name: "one", value: Self.other)])
    }
  }

  @Test("A folder is searched to its last hidden file and name; an exception is one path, not one name")
  func folders() throws {
    try Self.withFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/dev/.deep", withIntermediateDirectories: true)
      for path in ["dev/root-token", "dev/.deep/root-token"] {
        try Data(Self.value).write(to: URL(filePath: "\(folder)/\(path)"))
      }
      try Data().write(to: URL(filePath: "\(folder)/\(String(decoding: Self.other, as: UTF8.self))"))
      var sweep = HuntSweep(try Self.hunt(), except: ["dev/root-token", "never/there"])
      try sweep.search(path: folder)
      #expect(Set(sweep.finds.map(\.canary)) == ["one", "two"])
      #expect(sweep.finds.contains { $0.place == "dev/.deep/root-token" && $0.offset == 0 })
      #expect(sweep.finds.count == 2)
      #expect(sweep.spared == ["dev/root-token"])
    }
  }

  @Test("A canary across the border of two pieces is found once, at its offset in the file")
  func pieces() throws {
    try Self.withFolder { folder in
      let before = [UInt8](repeating: 0x2E, count: (8 << 20) - 5)
      try Data(before + Self.value + before.prefix(100)).write(to: URL(filePath: "\(folder)/large"))
      var sweep = HuntSweep(try Self.hunt())
      try sweep.search(path: "\(folder)/large")
      #expect(sweep.finds.map(\.offset) == [before.count])
    }
  }

  @Test("What cannot be read is a failure, not a place without finds")
  func unreadable() throws {
    var sweep = HuntSweep(try Self.hunt())
    #expect(throws: HuntFailure.self) { try sweep.search(path: "/nonesuch/folder") }
    #expect(throws: HuntFailure.self) { try sweep.search(process: 0x7FFF_FFFF) }
  }

  @Test("A file of canaries has JSON lines or bare values; a new line is one of them")
  func files() throws {
    try Self.withFolder { folder in
      let path = "\(folder)/canaries"
      try Data(CanaryFile.newLine(named: "drawn") + Self.value + [0x0D, 0x0A]).write(to: URL(filePath: path))
      let canaries = try CanaryFile.read(path)
      #expect(canaries.map(\.name) == ["drawn", "canary-2"])
      #expect(canaries.map(\.value.count) == [28, Self.value.count])
      try Data("{\"name\": 1}\n".utf8).write(to: URL(filePath: path))
      #expect(throws: HuntFailure.self) { try CanaryFile.read(path) }
    }
  }
}
