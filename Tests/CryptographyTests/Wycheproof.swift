import Encodings
import TestSupport
import Testing

/// A file of Project Wycheproof, read in place. Unknown fields fail: a field that we do not read may be a rule that
/// we do not check.
struct Wycheproof {
  /// A case with the fields of its group.
  struct Case {
    let id: Int64
    let isValid: Bool
    let flags: [String]
    private let bytes: [String: [UInt8]]
    let size: Int

    init(_ tape: JSONTape, _ test: JSONTape.Node, group: [String: [UInt8]], hexFields: Set<String>) throws {
      var bytes = group
      for field in tape.children(test) {
        guard let name = tape.key(field), hexFields.contains(name) else { continue }
        bytes[name] = try Wycheproof.bytes(tape.string(field))
      }
      self.bytes = bytes
      id = try #require(tape.member(test, "tcId").flatMap(tape.integer))
      flags = tape.member(test, "flags").map { tape.children($0).compactMap(tape.string) } ?? []
      size = Int(tape.member(test, "size").flatMap(tape.integer) ?? 0)
      switch tape.member(test, "result").flatMap(tape.string) {
      case "valid": isValid = true
      case "invalid": isValid = false
      default: throw Unreadable(what: "result of case \(id)")
      }
    }

    subscript(_ name: String) -> [UInt8] { bytes[name] ?? [] }
  }

  struct Unreadable: Error { let what: String }

  let cases: [Case]
  /// What the file says of itself.
  let announced: Int

  /// `groupHex` and `hexFields` are fields in hexadecimal; `ignored` are those that say nothing that we need.
  init(
    _ name: String, hexFields: Set<String>, groupHex: Set<String> = [], groupIgnored: Set<String> = []
  ) throws {
    let tape = try Vectors.json("wycheproof/\(name)_test.json")
    let root = tape.root
    try Self.check(
      tape, root, ["algorithm", "schema", "numberOfTests", "header", "notes", "testGroups"], in: "the file")
    announced = Int(try #require(tape.member(root, "numberOfTests").flatMap(tape.integer)))
    var cases: [Case] = []
    for group in tape.children(try #require(tape.member(root, "testGroups"))) {
      try Self.check(
        tape, group, groupHex.union(groupIgnored).union(["type", "source", "tests"]), in: "a group")
      var shared: [String: [UInt8]] = [:]
      for name in groupHex {
        shared[name] = try Self.bytes(tape.member(group, name).flatMap(tape.string))
      }
      for test in tape.children(try #require(tape.member(group, "tests"))) {
        try Self.check(
          tape, test, hexFields.union(["tcId", "comment", "flags", "result", "size"]), in: "a case")
        cases.append(try Case(tape, test, group: shared, hexFields: hexFields))
      }
    }
    self.cases = cases
  }

  private static func bytes(_ text: String?) throws -> [UInt8] {
    guard let text, let bytes = Hex.decode(text) else { throw Unreadable(what: "a field in hexadecimal") }
    return bytes
  }

  private static func check(
    _ tape: JSONTape, _ node: JSONTape.Node, _ known: Set<String>, in place: String
  ) throws {
    for member in tape.children(node) {
      let name = tape.key(member) ?? ""
      if !known.contains(name) { throw Unreadable(what: "unknown field \(name) in \(place)") }
    }
  }
}
