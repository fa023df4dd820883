import Access
import TestSupport
import Testing

@Suite("PolicyParser")
struct PolicyParserTests {
  private func faults(_ text: String) throws -> [PolicyFault] {
    switch PolicyParser.parse(text, name: try PolicyName("sample")) {
    case .success(let policy): policy.warnings
    case .failure(let refusal): refusal.faults
    }
  }

  @Test("Blocks, comments of three kinds, trailing commas and line ends of two kinds are read")
  func hcl() throws {
    let text = """
      # one
      // two
      path "v1/kv/data/app/*" { /* three
         lines */
        capabilities = ["read", "list",]
      }\r
      path "api/runs" { capabilities = ["list"] } # at the end
      """
    let policy = try Samples.policy("sample", text)
    #expect(policy.rules.map(\.pattern.text) == ["v1/kv/data/app/*", "api/runs"])
    #expect(policy.rules.map(\.capabilities.elements) == [[.read, .list], [.list]])
    #expect(policy.rules.map(\.line) == [3, 7])
    #expect(policy.rules.map(\.column) == [1, 1])
    #expect(policy.source == text)
    #expect(policy.warnings.isEmpty)
  }

  @Test("The JSON form says the same, with places")
  func json() throws {
    let text = """
      {"path": {
        "v1/kv/data/app/*": {"capabilities": ["read", "list"]},
        "api/runs": {"capabilities": ["list"]}
      }}
      """
    let policy = try Samples.policy("sample", text)
    #expect(policy.rules.map(\.pattern.text) == ["v1/kv/data/app/*", "api/runs"])
    #expect(policy.rules.map(\.capabilities.elements) == [[.read, .list], [.list]])
    #expect(policy.rules.map(\.line) == [2, 3])
    #expect(policy.rules.map(\.column) == [3, 3])
  }

  @Test("Every capability has its word")
  func capabilities() throws {
    let words = Capability.allCases.filter { $0 != .deny }
    let policy = try Samples.policy("sample", [("api/*", words)])
    #expect(policy.rules.first?.capabilities.elements == words)
    #expect(
      words.map(\.rawValue).joined(separator: " ") == "create read update delete list patch sudo start reveal grant")
  }

  @Test(
    "A fault is named with its line and column and a remedy",
    arguments: [
      (#"path "v1/x" { capabilities = ["raed"] }"#, 1, 31, #""raed" is no capability"#),
      (#"path "v1/x" { capabilities = ["Read"] }"#, 1, 31, #""Read" is no capability"#),
      ("path \"v1/x\" {\n  capabilities = [\"read\", \"read\"]\n}", 2, 27, "the capability read stands there twice"),
      (#"path "v1/x" { capabilities = [] }"#, 1, 15, "the list of capabilities is empty"),
      (#"path "v1/x" { }"#, 1, 1, "the block has no capabilities"),
      (
        #"path "v1/x" { capabilities = "read" }"#, 1, 30,
        "something else stands where a list in square brackets is expected"
      ),
      (#"path "v1/x" { capabilities : ["read"] }"#, 1, 28, "an unexpected character"),
      (
        #"path "v1/x" { capabilities = ["read" "list"] }"#, 1, 38,
        "something else stands where , or ] after a capability is expected"
      ),
      (#"path "v1/x" { capabilities = ["read"]"#, 1, 38, "the text ends where a key or } is expected"),
      (
        #"path "secret/*" { capabilities = ["read"] }"#, 1, 6,
        "the path starts with neither v1/ nor api/, so that it can match no request"
      ),
      (
        #"path v1/x { capabilities = ["read"] }"#, 1, 6,
        "something else stands where the path in double quotes is expected"
      ),
      (#"path "v1/x" capabilities"#, 1, 13, "something else stands where { after the path is expected"),
      (#"paths "v1/x" { capabilities = ["read"] }"#, 1, 1, #""paths" is no key of a policy"#),
      (#"name = "x""#, 1, 1, "a name inside the text is not supported"),
      (#"path "v1/x" { policy = "read" }"#, 1, 15, #"the short form policy = "…" is not supported"#),
      (#"path "v1/x" { min_wrapping_ttl = "1h" }"#, 1, 15, "min_wrapping_ttl is not supported"),
      (
        #"path "v1/${x}" { capabilities = ["read"] }"#, 1, 10, "interpolation (${…}) is not part of the policy language"
      ),
      (
        #"path "v1/{{identity.entity.id}}" { capabilities = ["read"] }"#, 1, 6,
        "templated paths ({{…}}) are not supported"
      ),
      ("path \"v1/x", 1, 6, "a text is not closed"),
      ("path \"v1/x\n\" {}", 1, 6, "a text is not closed on its line"),
      ("/* open", 1, 1, "a comment is not closed"),
      ("\u{FEFF}path \"v1/x\" {}", 1, 1, "the text starts with a byte order mark"),
      ("path <<EOF\nv1/x\nEOF\n", 1, 6, "a here-document is not part of the policy language"),
      (#"path "v1/\n" {}"#, 1, 11, #"an escape other than \" and \\"#),
      ("# é\npath \"v1/é\" { capabilities = [\"rëad\"] }", 2, 31, #""rëad" is no capability"#),
      (#"{"path": {"v1/x": {"capabilities": ["raed"]}}}"#, 1, 37, #""raed" is no capability"#),
      (#"{"path": {"v1/x": {"capabilities": "read"}}}"#, 1, 36, "capabilities is no list"),
      (#"{"path": {"v1/x": {"capabilities": [1]}}}"#, 1, 37, "a capability is no text"),
      (#"{"path": {"v1/x": {}}}"#, 1, 11, "the block has no capabilities"),
      (#"{"path": {"v1/x": 1}}"#, 1, 19, "the block is no object"),
      (#"{"path": []}"#, 1, 10, "path is no object"),
      (#"{"path": {"v1/x": {"capabilities": ["read"], "mfa_methods": []}}}"#, 1, 46, "mfa_methods is not supported"),
      (#"{"pth": {}}"#, 1, 2, #""pth" is no key of a policy"#),
      (#"{}"#, 1, 1, "the key path is missing"),
      (
        #"{"path": {"v1/x": {"capabilities": ["read"]}, "v1/x": {"capabilities": ["deny"]}}}"#, 1, 47,
        "the object already has this key"
      ),
      (#"{"path": {}"#, 1, 12, "the JSON text stops too early"),
    ])
  func faulty(_ text: String, _ line: Int, _ column: Int, _ message: String) throws {
    let errors = try faults(text).filter { $0.severity == .error }
    let fault = try #require(errors.first { $0.message == message }, "found: \(errors)")
    #expect(fault.line == line && fault.column == column, "\(fault.line):\(fault.column)")
    #expect(!fault.remedy.isEmpty)
    #expect(fault.rendered(file: "p.hcl").hasPrefix("p.hcl:\(line):\(column): error: \(message); "))
  }

  @Test("One block for each path: a second one is refused and names the line of the first")
  func twice() throws {
    let text = "path \"v1/x\" { capabilities = [\"read\"] }\n\npath \"v1/x\" { capabilities = [\"deny\"] }\n"
    let fault = try #require(try faults(text).first)
    #expect(fault.line == 3 && fault.message == "the path has a block already, on line 1")
  }

  @Test("All faults of a text are reported, and the blocks after a broken one are still read")
  func severalFaults() throws {
    let text = """
      path "secret/x" { capabilities = ["read"] }
      path "v1/y" { allowed_parameters = { "a" = [] }
      }
      path "v1/z" { capabilities = ["raed"] }
      """
    #expect(try faults(text).map(\.line) == [1, 2, 4])
  }

  @Test("What is surprising but sound is taken with a warning")
  func warnings() throws {
    #expect(try faults("").map(\.message) == ["the policy has no blocks, so that it allows nothing"])
    #expect(
      try faults(#"path "v1/a+b" { capabilities = ["deny", "read"] }"#).map(\.message) == [
        "+ within a segment stands for itself, not for a segment",
        "deny stands beside other capabilities, which have no effect",
      ])
  }

  @Test("Size, number of blocks and number of reported faults are bounded")
  func bounds() throws {
    let block = "path \"v1/%\" { capabilities = [\"read\"] }\n"
    let many = (0..<1025).map { block.replacing("%", with: "\($0)") }.joined()
    #expect(try faults(many).map(\.message) == ["more than 1024 blocks"])
    let large = String(repeating: "# comment\n", count: 30_000)
    #expect(try faults(large).map(\.message) == ["the policy has more than 262144 bytes"])
    #expect(try faults(String(repeating: "path \"secret\" { }\n", count: 5000)).count == 50)
    #expect(try faults(String(repeating: "%", count: 5000)).count == 1)
  }

  @Test("A word of the text is shown without anything that moves a cursor, and cut")
  func quoting() throws {
    let text = "path \"v1/x\" { capabilities = [\"\u{1B}[2J\(String(repeating: "a", count: 100))\"] }"
    let message = try #require(try faults(text).first?.message)
    #expect(message == "\"?[2J\(String(repeating: "a", count: 36))…\" is no capability")
  }

  @Test("Seeded mutations of sound texts never trap, and what is accepted reads the same again", arguments: 0..<15)
  func mutations(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let seeds = [
      "# c\npath \"v1/kv/data/app/*\" {\n  capabilities = [\"read\", \"list\"]\n}\n"
        + "path \"api/+/x\" { capabilities = [\"deny\"] }\n",
      #"{"path": {"v1/kv/data/app/*": {"capabilities": ["read", "list"]}, "api/+/x": {"capabilities": ["deny"]}}}"#,
    ]
    let pieces = [
      "\"", "{", "}", "[", "]", "=", ",", "path", "+", "*", "/", "/*", "*/", "\\", "\n", "\u{0}", "é", "${", "{{", "<<",
    ]
    let name = try PolicyName("sample")
    for _ in 0..<150 {
      var bytes = Array((random.element(of: seeds) ?? "").utf8)
      for _ in 0..<random.number(in: 1...6) {
        let place = random.number(in: 0...max(0, bytes.count - 1))
        switch random.number(in: 0...3) {
        case 0: bytes.insert(contentsOf: (random.element(of: pieces) ?? "").utf8, at: place)
        case 1 where !bytes.isEmpty: bytes.remove(at: place)
        case 2 where !bytes.isEmpty: bytes[place] = UInt8(random.number(in: 0...255))
        default: bytes = Array(bytes.prefix(place))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      switch PolicyParser.parse(text, name: name) {
      case .success(let policy):
        #expect(try PolicyParser.parse(policy.source, name: name).get().rules == policy.rules)
        #expect(policy.warnings.allSatisfy { $0.severity == .warning })
      case .failure(let refusal):
        #expect(refusal.faults.contains { $0.severity == .error }, "seed \(seed)")
        #expect(refusal.faults.allSatisfy { $0.line >= 1 && $0.column >= 1 }, "seed \(seed)")
      }
    }
  }

  @Test(
    "A policy's name is of one case and never root", arguments: ["", "Root", "ROOT", "root", "a b", "a/b", "é", "a\n"])
  func names(_ text: String) {
    #expect(throws: AccessError.policyName) { try PolicyName(text) }
  }

  @Test("A policy's name has at most 128 characters")
  func nameLength() throws {
    #expect(try PolicyName(String(repeating: "a", count: 128)).text.count == 128)
    #expect(throws: AccessError.policyName) { try PolicyName(String(repeating: "a", count: 129)) }
  }
}
