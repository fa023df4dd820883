import Encodings
import RunEngine
import Runbooks
import Testing

@testable import Labels
@testable import Runner

@Suite("Collecting values into arrays and objects")
struct CollectingTests {
  private static let secret = Label(origin: .response(step: "Get"), rule: .removesRequest, hosts: .nowhere)

  private static func append(_ name: String, _ text: String, type: ValueType? = nil) throws -> VariableBinding {
    VariableBinding(name: name, value: try VariableExpression(parsing: text), type: type, appends: true)
  }

  private static func scope(
    _ body: String, label: Label = .clear, variables: [String: LabeledText] = [:]
  ) throws -> RunScope {
    var scope = try Samples.scope(variables)
    scope.answer = RunScope.Answer(
      status: 200, headers: try Samples.json("{}"), body: try Samples.json(body, label: label))
    return scope
  }

  private static func take(
    _ bindings: [VariableBinding], declared: [VariableDeclaration] = [], in scope: RunScope
  ) throws -> [LabeledText] {
    try VariableTaking.take(bindings, declared: declared, hosts: .nowhere, in: scope).map(\.value)
  }

  private static func text(_ value: LabeledText?) -> String? {
    value.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test("An append begins an array, and goes on with what an earlier output of the same answer left")
  func appending() throws {
    let values = try Self.take(
      [try Self.append("all", "response^a"), try Self.append("all", "response^b!", type: .string)],
      in: try Self.scope(#"{"a":{"x":1.50},"b":7}"#))
    #expect(values.map { Self.text($0) } == [#"[{"x":1.50}]"#, #"[{"x":1.50},"7"]"#])
  }

  @Test("It goes on with what the variable held, an empty array included; what is no array is refused")
  func present() throws {
    let append = [try Self.append("all", "response")]
    for (held, result) in [("[]", "[5]"), ("[ 1 , 2 ]", "[1 , 2,5]"), (#""[3]""#, "[3,5]")] {
      let scope = try Self.scope("5", variables: ["all": try Samples.json(held)])
      #expect(Self.text(try Self.take(append, in: scope).first) == result)
    }
    for held in [try Samples.json(#"{"a":1}"#), try Samples.json(#""some text""#), LabeledText(clear: "some text")] {
      let scope = try Self.scope("5", variables: ["all": held])
      #expect(throws: ValueFault.notAnArray(name: "all")) { try Self.take(append, in: scope) }
    }
    #expect(FailureReason(ValueFault.notAnArray(name: "all")).word == "conversion")
  }

  @Test("A secret in a public array makes the array carry both labels")
  func labels() throws {
    let open = Label(origin: .response(step: "Open"), rule: .shown, hosts: .any)
    let scope = try Self.scope(
      #""s""#, label: Self.secret, variables: ["all": try Samples.json(#"["a"]"#, label: open)])
    let array = try #require(try Self.take([try Self.append("all", "response")], in: scope).first)
    #expect(array.label == open.joined(with: Self.secret))
  }

  @Test("An encrypted variable labels the whole array, and the element alone is converted")
  func encrypted() throws {
    let declared = [VariableDeclaration(name: "all", type: .array, encrypt: true)]
    let array = try Self.take(
      [try Self.append("all", "response", type: .integer)], declared: declared, in: try Self.scope(#""12""#))
    #expect(Self.text(array.first) == "[12]")
    #expect(array.first?.label.secretOrigins == [.variable(name: "all")])
  }

  @Test("A full array takes no more, and the reason says how many it holds")
  func full() throws {
    let most = Transforms.mostCollected
    let append = [try Self.append("all", "response")]
    func array(_ count: Int) throws -> LabeledText {
      try Samples.json("[" + Array(repeating: "1", count: count).joined(separator: ",") + "]")
    }
    #expect(
      try Self.take(append, in: try Self.scope("1", variables: ["all": try array(most - 1)])).first
        .map { try LabeledArray(reading: $0).count } == most)
    let full = try Self.scope("1", variables: ["all": try array(most)])
    #expect(throws: ValueFault.tooManyElements(limit: most)) { try Self.take(append, in: full) }
    #expect(ValueFault.tooManyElements(limit: most).message.contains("\(most)"))
  }

  /// One JSON array in another, so many levels deep.
  private static func nested(_ levels: Int) -> String {
    String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
  }

  @Test("What could not be read again is not made, by an append, by an object or of a text, and the variable is named")
  func readable() throws {
    let append = [try Self.append("all", "response")]
    let fits = try Self.take(append, in: try Self.scope(Self.nested(63), variables: ["all": try Samples.json("[1]")]))
    let read = try LabeledArray(reading: try #require(fits.first))
    #expect(read.count == 2)
    let fault = ValueFault.variableTooLarge(name: "all", limit: "64 levels")
    let deep = try Self.scope(Self.nested(64), variables: ["all": try Samples.json("[1]")])
    #expect(throws: fault) { try Self.take(append, in: deep) }
    #expect(throws: fault) { try Self.take(append, in: try Self.scope(Self.nested(64))) }
    let field = VariableBinding(name: "in", value: try VariableExpression(parsing: "response"))
    #expect(throws: fault) { try Self.take([VariableBinding(name: "all", value: .object([field]))], in: deep) }
    let text = VariableBinding(name: "all", value: try VariableExpression(parsing: "[<<response>>]"), type: .array)
    #expect(throws: fault) { try Self.take([text], in: deep) }
    #expect(FailureReason(fault).word == "too-large")
    #expect(FailureReason(fault).sentence.contains("`all`") && FailureReason(fault).sentence.contains("64 levels"))
  }

  @Test("What is over a limit is named with it; text that is no JSON is over none but that of its length")
  func excess() throws {
    let limits = JSONLimits(maximumBytes: 12, maximumDepth: 2, maximumNodes: 4)
    let cases: [(String, String?)] = [
      ("[1,2,3]", nil), ("[1,2,3,4]", "4 values"), ("[[[1]]]", "2 levels"), ("[1111111111111]", "12 bytes"),
      ("no", nil),
    ]
    for (text, excess) in cases {
      #expect(Transforms.excess(of: LabeledText(clear: text), limits: limits) == excess, "\(text)")
    }
  }

  @Test("Two arrays in one have the elements of both in order, and the labels of both")
  func joining() throws {
    let one = try Samples.json("[1, 2]")
    let other = try Samples.json(#"["s"]"#, label: Self.secret)
    for (first, second, result) in [(one, other, #"[1, 2,"s"]"#), (other, one, #"["s",1, 2]"#)] {
      let joined = try Transforms.joined(first, with: second)
      #expect(Self.text(joined) == result)
      #expect(joined.label.covers(Self.secret))
    }
    #expect(Self.text(try Transforms.joined(try Samples.json("[]"), with: one)) == "[1, 2]")
    #expect(Self.text(try Transforms.joined(one, with: try Samples.json("[]"))) == "[1, 2]")
    let half = try Samples.json("[" + Array(repeating: "1", count: 6_000).joined(separator: ",") + "]")
    #expect(throws: ValueFault.tooManyElements(limit: Transforms.mostCollected)) {
      try Transforms.joined(half, with: half)
    }
  }

  @Test("An object is made of its fields, with their types, mappings and defaults, and keeps each field's label")
  func object() throws {
    let fields = [
      VariableBinding(name: "i\"d", value: try VariableExpression(parsing: "response^id"), type: .string),
      VariableBinding(
        name: "state", value: try VariableExpression(parsing: "response^s"),
        valueMappings: [ValueMapping(input: "1", output: "open")]),
      VariableBinding(name: "none", value: try VariableExpression(parsing: "response^no^way"), defaultValue: "[null]"),
      VariableBinding(
        name: "in",
        value: .object([
          VariableBinding(name: "t", value: try VariableExpression(parsing: "<<response^id>>-<<status>>"))
        ])),
    ]
    let binding = VariableBinding(name: "card", value: .object(fields))
    let value = try Self.take([binding], in: try Self.scope(#"{"id":1.0,"s":1}"#)).first
    #expect(Self.text(value) == #"{"i\"d":"1.0","state":"open","none":[null],"in":{"t":"1.0-200"}}"#)
    let hidden = try Self.take([binding], in: try Self.scope(#"{"id":1.0,"s":1}"#, label: Self.secret)).first
    #expect(hidden?.label.covers(Self.secret) == true)
  }

  @Test("A default stands for what is not there, and tells that it was looked for")
  func standard() throws {
    let binding = VariableBinding(
      name: "n", value: try VariableExpression(parsing: "response^n"), defaultValue: "0")
    #expect(Self.text(try Self.take([binding], in: try Self.scope(#"{"n":4}"#)).first) == "4")
    let missing = try Self.take([binding], in: try Self.scope("{}", label: Self.secret)).first
    #expect(Self.text(missing) == "0")
    #expect(missing?.label == Self.secret.ofChoice)
  }
}
