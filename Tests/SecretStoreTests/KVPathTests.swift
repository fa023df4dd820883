import Testing

@testable import SecretStore

@Suite("KVPath")
struct KVPathTests {
  @Test(
    "A path has a mount and a name, and one spelling", arguments: ["kv/openai", "kv/team/prod/db-1", "kv/A.b_c~d@e"])
  func reads(text: String) throws {
    let path = try KVPath(text)
    #expect(path.text == text)
    #expect(path.mount == "kv")
    #expect("kv/" + path.name == text)
  }

  @Test(
    "Whatever would need resolving or decoding is refused with the reason",
    arguments: [
      ("", .empty), ("kv", .mountOnly), ("/kv/a", .emptySegment), ("kv/a/", .emptySegment), ("kv//a", .emptySegment),
      ("kv/../a", .dotSegment), ("kv/./a", .dotSegment), ("kv/%2e%2e/a", .character), ("kv/a\\b", .character),
      ("kv/a b", .character), ("kv/a#f", .character), ("kv/é", .character), ("kv/a\u{0}", .character),
      ("kv/a\"b", .character),
    ] as [(String, KVPathFault)])
  func refuses(text: String, fault: KVPathFault) {
    #expect(throws: SecretStoreError.path(fault)) { try KVPath(text) }
    #expect(!fault.message.isEmpty)
  }

  @Test("A path is bounded in bytes and in segments")
  func bounded() {
    let long = "kv/" + String(repeating: "a", count: KVPath.maximumBytes)
    #expect(throws: SecretStoreError.path(.tooLong(limit: KVPath.maximumBytes))) { try KVPath(long) }
    let deep = "kv" + String(repeating: "/a", count: KVPath.maximumSegments)
    #expect(throws: SecretStoreError.path(.tooManySegments(limit: KVPath.maximumSegments))) { try KVPath(deep) }
  }

  @Test("Paths are ordered by their text")
  func order() throws {
    #expect(try KVPath("kv/a") < KVPath("kv/b"))
  }
}

@Suite("KVFields")
struct KVFieldsTests {
  @Test("Fields keep their order and their numbers' text")
  func reads() throws {
    let fields = try KVFields(json: Array(" {\"b\": 1.50, \"a\": {\"c\": [true]}} ".utf8))
    #expect(fields.names == ["b", "a"])
    #expect(String(decoding: fields.json, as: UTF8.self) == "{\"b\":1.50,\"a\":{\"c\":[true]}}")
  }

  @Test(
    "What is no object with fields is refused",
    arguments: ["", "[]", "{}", "\"x\"", "{\"a\":1,\"a\":2}", "{\"a\":1} x", "{\"a\":}"])
  func refuses(text: String) {
    #expect(throws: SecretStoreError.notFields) { try KVFields(json: Array(text.utf8)) }
  }

  @Test("A field's name is bounded and plain", arguments: ["", "a#b", "a\\u0007", String(repeating: "n", count: 129)])
  func names(name: String) {
    #expect(throws: SecretStoreError.fieldName) { try KVFields(json: Array("{\"\(name)\":1}".utf8)) }
  }

  @Test("The number of fields and the size are bounded")
  func bounds() {
    let many = (0...KVFields.maximumFields).map { (name: "f\($0)", value: [UInt8]()) }
    #expect(throws: SecretStoreError.tooManyFields(limit: KVFields.maximumFields)) { try KVFields(strings: many) }
    let large = [(name: "a", value: [UInt8](repeating: 0x61, count: KVFields.maximumBytes))]
    #expect(throws: SecretStoreError.tooLarge(limit: KVFields.maximumBytes)) { try KVFields(strings: large) }
  }

  @Test("Strings from a command line are quoted, must be UTF-8, and may not repeat a name")
  func strings() throws {
    let fields = try KVFields(strings: [("a", Array("x\"y\n".utf8))])
    #expect(String(decoding: fields.json, as: UTF8.self) == "{\"a\":\"x\\\"y\\n\"}")
    #expect(throws: SecretStoreError.notFields) { try KVFields(strings: [("a", [0xFF])]) }
    #expect(throws: SecretStoreError.notFields) { try KVFields(strings: [("a", [0x61]), ("a", [0x62])]) }
  }

  @Test("Fields and versions are never printed")
  func masked() throws {
    let fields = try KVFields(strings: [("a", Array(Samples.secret.utf8))])
    let version = try Samples.version()
    for value: Any in [fields, version, [fields], Optional.some(version) as Any, (fields, version)] {
      var output = "\(value)" + String(describing: value) + String(reflecting: value)
      dump(value, to: &output)
      #expect(!output.contains(Samples.secret) && !output.contains("115, 51, 99"))
    }
  }
}
