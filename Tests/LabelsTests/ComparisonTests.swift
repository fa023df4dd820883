import Testing

@testable import Labels

@Suite("Comparison")
struct ComparisonTests {
  private func evaluate(
    _ left: LabeledText, _ op: ComparisonOperator, _ right: LabeledText?
  ) throws -> Bool {
    try Comparison.evaluate(.value(left), op, right.map { .value($0) }).outcome.get()
  }

  @Test(
    "Values compare by what they are",
    arguments: [
      ("1.0", .equals, "1", true), ("1e2", .equals, "100", true), ("\"1\"", .equals, "1", true),
      ("12345678901234567890.1", .equals, "12345678901234567890.2", false), ("\"a\"", .equals, "\"a\"", true),
      ("\"a\"", .notEquals, "\"A\"", true), ("true", .equals, "1", true), ("false", .equals, "\"0\"", true),
      ("true", .equals, "\"true\"", true), ("\"yes\"", .equals, "true", false),
      ("2", .greater, "10", false), ("10", .greaterOrEqual, "1e1", true), ("-3", .less, "2", true),
      ("0.1", .lessOrEqual, "0.10", true), ("\"2026-01-01T00:00:00Z\"", .less, "\"2026-01-01T01:00:00+00:30\"", true),
      ("\"hello\"", .contains, "\"ell\"", true), ("[1,\"two\"]", .contains, "\"two\"", true),
      ("[1,\"two\"]", .notContains, "\"tw\"", true), ("\"b\"", .isIn, "\"a, b ,c\"", true),
      ("2", .isIn, "[1,2.0]", true),
      ("\"d\"", .isNotIn, "\"a,b\"", true),
    ] as [(String, ComparisonOperator, String, Bool)])
  func compares(left: String, op: ComparisonOperator, right: String, expected: Bool) throws {
    #expect(try evaluate(try Samples.json(left), op, try Samples.json(right)) == expected)
  }

  @Test(
    "Two times compare as instants, whatever their offsets are and whatever is asked",
    arguments: [
      ("2025-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00", 0), ("2025-01-01T00:00:00Z", "2025-01-01t00:00:00.000z", 0),
      ("2025-01-01T00:00:00", "2025-01-01T00:00:00Z", 0), ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00+01:00", 1),
      ("2025-01-01T00:00:00.00010Z", "2025-01-01T01:00:00.0001+01:00", 0),
      ("2025-01-01T00:00:00.0001Z", "2025-01-01T00:00:00.0002Z", -1),
      ("1969-12-31T23:59:59.9991Z", "1969-12-31T23:59:59.9992Z", -1),
    ])
  func times(left: String, right: String, order: Int) throws {
    let one = Samples.text(left)
    let other = try Samples.json("\"\(right)\"")
    #expect(try evaluate(one, .equals, other) == (order == 0))
    #expect(try evaluate(other, .notEquals, one) == (order != 0))
    #expect(try evaluate(one, .isIn, try Samples.json("[\"\(right)\"]")) == (order == 0))
    #expect(try evaluate(one, .isNotIn, other) == (order != 0))
    #expect(try evaluate(one, .greater, other) == (order > 0))
    #expect(try evaluate(one, .greaterOrEqual, other) == (order >= 0))
    #expect(try evaluate(one, .less, other) == (order < 0))
    #expect(try evaluate(one, .lessOrEqual, other) == (order <= 0))
  }

  @Test("What is no time compares by its characters")
  func noTimes() throws {
    for (left, right) in [
      ("2025-01-01T00:00:00Z", "2025-01-01"), ("2025-01-01 00:00:00Z", "2025-01-01T00:00:00Z"),
      ("2025-01-01T00:00:60Z", "2025-01-01T00:01:00Z"),
    ] {
      #expect(try evaluate(Samples.text(left), .equals, Samples.text(right)) == false)
    }
  }

  @Test(
    "Against a number an array stands for how many elements it has",
    arguments: [
      ("[1,2]", .greater, "0", true), ("[]", .greater, "0", false), ("[null]", .greater, "0", true),
      ("[]", .lessOrEqual, "0", true), ("[1,2]", .greaterOrEqual, "\"2\"", true), ("[1,2]", .less, "2", false),
      ("[[],[]]", .less, "2.5", true), ("\"[1, 2]\"", .greater, "0", true), ("\"[]\"", .greater, "0", false),
      ("2", .greater, "[7]", true), ("0", .less, "[]", false),
    ] as [(String, ComparisonOperator, String, Bool)])
  func countsElements(left: String, op: ComparisonOperator, right: String, expected: Bool) throws {
    #expect(try evaluate(try Samples.json(left), op, try Samples.json(right)) == expected)
  }

  @Test("A number of text counts the elements of an array, as vendor documents write it")
  func countsAgainstText() throws {
    #expect(try evaluate(try Samples.json("[1]"), .greater, Samples.text("0")))
    #expect(try evaluate(Samples.text("[1]"), .greater, Samples.text("0")))
    #expect(try evaluate(Samples.text("[]"), .greater, Samples.text("0")) == false)
  }

  @Test(
    "Nothing but an array has elements, and two arrays have no order",
    arguments: [
      ("{\"a\":1}", "0"), ("null", "0"), ("[1]", "[]"), ("\"abc\"", "0"), ("[1]", "\"2026-01-01T00:00:00Z\""),
    ])
  func countsNothingElse(left: String, right: String) throws {
    let bit = try Comparison.evaluate(
      .value(try Samples.json(left)), .greater, .value(try Samples.json(right)))
    #expect(bit.outcome == .failure(.notConvertible(to: .decimal)))
  }

  @Test(
    "Arrays and objects compare by their structure, and null with null alone",
    arguments: [
      ("null", "null", true), ("null", "\"null\"", false), ("null", "\"\"", false), ("null", "0", false),
      ("null", "false", false), ("null", "[]", false), ("[1,2]", "[1, 2]", true), ("[1,2]", "[2,1]", false),
      ("[1.0, 2e1]", "[1,20]", true), ("[1]", "[\"1\"]", false), ("[true]", "[1]", false),
      ("[null]", "[\"null\"]", false),
      ("{\"a\":1,\"b\":2}", "{ \"b\": 2.0, \"a\": 1 }", true), ("{\"a\":1}", "{\"a\":1,\"b\":null}", false),
      ("{\"a\":{\"x\":[0,-0]}}", "{\"\\u0061\":{\"x\":[0.0,0]}}", true), ("[\"\\u00e9\"]", "[\"é\"]", true),
      ("[]", "{}", false), ("[1,2]", "\"[1, 2]\"", true), ("[1,2]", "\"[1, 3]\"", false), ("{}", "\" {} \"", true),
      ("{}", "\"{\"", false), ("[1]", "1", false), ("[]", "\"\"", false), ("[1e9999999999]", "[1e9999999999]", true),
      ("[\"a,b\"]", "[\"a\",\"b\"]", false), ("{\"a\":\"1,\\\"b\\\":2\"}", "{\"a\":1,\"b\":2}", false),
    ])
  func structure(left: String, right: String, expected: Bool) throws {
    let one = try Samples.json(left)
    let other = try Samples.json(right)
    #expect(try evaluate(one, .equals, other) == expected)
    #expect(try evaluate(other, .equals, one) == expected)
    #expect(try evaluate(one, .notEquals, other) == !expected)
    #expect(try evaluate(other, .isIn, try Samples.json("[\(left)]")) == expected)
    #expect(try evaluate(try Samples.json("[\(left)]"), .contains, other) == expected)
  }

  @Test("Null contains nothing and is in nothing that does not hold it")
  func nullHoldsNothing() throws {
    #expect(try evaluate(try Samples.json("null"), .contains, Samples.text("ul")) == false)
    #expect(try evaluate(Samples.text("annulled"), .contains, try Samples.json("null")) == false)
    #expect(try evaluate(try Samples.json("null"), .isIn, Samples.text("a,null")) == false)
    #expect(try evaluate(try Samples.json("null"), .isIn, try Samples.json("[1,null]")))
  }

  @Test("A set is an array, also in a text, or text with commas; any other value, null too, is its own only member")
  func sets() throws {
    let array = #"["a","b,c"]"#
    let rows: [(String, LabeledText, Bool)] = [
      ("null", try Samples.json("null"), true), ("\"null\"", try Samples.json("null"), false),
      ("\"\"", try Samples.json("null"), false), ("\"a\"", Samples.text(array), true),
      ("\"b,c\"", Samples.text(array), true), ("\"b\"", Samples.text(array), false),
      ("\"a\"", try Transforms.jsonQuoted(Samples.text(array)), true), ("\"[a\"", Samples.text("[a,b]"), true),
      ("2", Samples.text("[1,2.0]"), true), ("null", Samples.text("[null]"), true),
      ("1", try Samples.json("true"), true), ("{\"a\":1}", try Samples.json("{\"a\":1,\"b\":2}"), false),
      ("{\"a\":1,\"b\":2}", try Samples.json("{\"b\":2,\"a\":1.0}"), true), ("\"b\"", Samples.text("a, b"), true),
    ]
    for (value, set, expected) in rows {
      #expect(try evaluate(try Samples.json(value), .isIn, set) == expected, "\(value)")
      #expect(try evaluate(try Samples.json(value), .isNotIn, set) == !expected, "\(value)")
    }
  }

  @Test("Numbers compare by value, whatever their exponents are, and however many digits these have")
  func exponents() throws {
    for (left, right) in [
      ("1e999999999999", "10e999999999998"),
      ("[1e-99999999999999999999999]", "[0.1e-99999999999999999999998]"),
    ] {
      #expect(try evaluate(try Samples.json(left), .equals, try Samples.json(right)))
    }
    #expect(try evaluate(try Samples.json("1e999999999999"), .greater, try Samples.json("1")))
    #expect(try evaluate(try Samples.json("1e-99999999999999999999999"), .greater, try Samples.json("0")))
    #expect(try evaluate(try Samples.json("-1e99999999999999999999999"), .less, Samples.text("-7")))
  }

  @Test("Whether an array or object is empty is seen from its beginning")
  func emptiness() throws {
    // No value is like this: whoever read all of it would find neither array nor object.
    for (text, expected) in [("[ ] not read", false), ("{\n} not read", false), ("[1 not read", true)] {
      let value = LabeledText(bytes: Array(text.utf8), spans: [], base: .clear, trace: .clear, form: .json)
      #expect(try evaluate(value, .hasValue, nil) == expected)
    }
  }

  @Test("An array is read once for all rows that ask about its elements, and not at all for those that do not")
  func readOnce() throws {
    var table = ValueTable()
    let elements = (0..<200).map { "\"e\($0)\"" }.joined(separator: ",")
    let handle = try table.insert(try Samples.json("[\(elements)]"))
    let array = try table.text(handle)
    let filled = table
    func ask(_ left: LabeledText, _ op: ComparisonOperator, _ right: LabeledText?) throws -> Bool {
      try Comparison.evaluate(.value(left), op, right.map { .value($0) }, of: filled).outcome.get()
    }
    #expect(try ask(array, .hasValue, nil))
    #expect(try ask(array, .notEquals, Samples.text("x")))
    #expect(try ask(array, .notEquals, Samples.text("{}")))
    #expect(filled.timesRead == 0)
    for _ in 0..<5 {
      #expect(try ask(array, .greater, Samples.text("199")))
      #expect(try ask(array, .lessOrEqual, try Samples.json("200")))
      #expect(try ask(array, .contains, Samples.text("e199")))
      #expect(try ask(array, .notContains, Samples.text("e200")))
      #expect(try ask(Samples.text("e7"), .isIn, array))
    }
    #expect(filled.timesRead == 1)
  }

  @Test("An array stays as it is written until it is compared with another one")
  func kindsFirst() throws {
    guard case .container(let written) = ComparedValue(try Samples.json("[ 1.0,2]")) else {
      Issue.record("an array is none")
      return
    }
    #expect(written == Array("[ 1.0,2]".utf8))
    #expect(ComparedValue.opening(Array(" [1]".utf8)) == UInt8(ascii: "["))
    #expect(ComparedValue.opening(Array("x[1]".utf8)) == nil)
  }

  @Test(
    "A value is there unless it is null, an empty string, an empty array or an empty object",
    arguments: [
      ("null", false), ("\"\"", false), ("[]", false), ("{ }", false), ("0", true), ("false", true), ("\" \"", true),
      ("[null]", true), ("{\"a\":null}", true),
    ])
  func presence(text: String, expected: Bool) throws {
    #expect(try evaluate(try Samples.json(text), .hasValue, nil) == expected)
    #expect(try evaluate(try Samples.json(text), .hasNoValue, nil) == !expected)
  }

  @Test("An empty text has no value, a missing one neither")
  func missingPresence() throws {
    #expect(try evaluate(Samples.text(""), .hasValue, nil) == false)
    let missing = ComparisonOperand.missing(
      label: Samples.response, fault: .pathMissing(path: "v", available: nil))
    let bit = try Comparison.evaluate(missing, .hasNoValue, nil)
    #expect(try bit.outcome.get())
    #expect(bit.label == Samples.response)
  }

  @Test("What cannot be ordered is a fault in the answer, not an error beside it")
  func incomparable() throws {
    let bit = try Comparison.evaluate(
      .value(Samples.text("abc", Samples.response)), .greater, .value(Samples.text("5")))
    #expect(bit.outcome == .failure(.notConvertible(to: .decimal)))
    #expect(bit.label == Samples.response)
  }

  @Test("Parameters, secrets, credentials and encrypted variables may be tested for equality with a constant only")
  func guardedOrigins() throws {
    let constant = Samples.text("x")
    let credential = Label(origin: .credential(holder: "h", field: "f"), rule: .masked, hosts: .any)
    for label in [Samples.stored, Samples.variable, Samples.parameter, credential] {
      let value = Samples.text("x", label)
      let refused = ValueFault.comparisonNotAllowed(origin: label.origins[0].origin)
      #expect(try evaluate(value, .equals, constant))
      #expect(try evaluate(constant, .notEquals, value) == false)
      #expect(try evaluate(value, .hasValue, nil))
      for op in ComparisonOperator.allCases where ![.equals, .notEquals].contains(op) && !op.isPresence {
        #expect(throws: refused) { try evaluate(value, op, constant) }
        #expect(throws: refused) { try evaluate(constant, op, value) }
      }
      // A starter who may choose the other side could guess.
      #expect(throws: refused) { try evaluate(value, .equals, Samples.text("x", Samples.trigger)) }
      #expect(throws: refused) { try evaluate(value, .equals, Samples.text("x", Samples.response)) }
    }
  }

  @Test("Encrypted responses and requests may be asked more, and their answers are labelled")
  func otherOrigins() throws {
    for label in [Samples.response, Samples.encryptedTrigger] {
      let bit = try Comparison.evaluate(.value(Samples.text("5", label)), .greater, .value(Samples.text("3")))
      #expect(try bit.outcome.get())
      #expect(bit.label == label)
    }
  }

  @Test("Combined answers carry both labels whatever they are, and a fault stays one")
  func combined() throws {
    let one = LabeledBit(false, label: Samples.response)
    let other = LabeledBit(true, label: Samples.stored)
    for bit in [one.and(other), one.or(other), other.and(one), other.or(one)] {
      #expect(bit.label == Samples.response.joined(with: Samples.stored))
    }
    #expect(try one.or(other).outcome.get() && !one.and(other).outcome.get() && one.negated.outcome.get())
    let fault = LabeledBit(outcome: .failure(.notMapped), label: .clear)
    #expect(one.or(fault).outcome == .failure(.notMapped))
    #expect(fault.and(one).outcome == .failure(.notMapped))
  }
}

@Suite("DecimalText")
struct DecimalTextTests {
  @Test(
    "Numbers compare exactly, whatever their length",
    arguments: [
      ("0", "-0", 0), ("0.0", "0e9", 0), ("1", "1.000", 0), ("100", "1E+2", 0), ("0.001", "1e-3", 0), ("9", "10", -1),
      ("-9", "-10", 1), ("-1", "0", -1), ("0.1", "0.09", 1), ("123456789012345678901", "123456789012345678902", -1),
      ("1e999999999", "1e-999999999", 1), ("-1e10", "1", -1), ("1e999999999999", "10e999999999998", 0),
      ("1e9999999999999999999", "1e999999999999999999", 1), ("1e-9999999999999999999", "1e-999999999999999999", -1),
      ("1e1000000000000000000", "0.01e1000000000000000002", 0), ("100e999999999999999999", "1e1000000000000000001", 0),
      ("0.001e1000000000000000000", "1e999999999999999997", 0),
      ("1e-0999999999999999999999", "10e-1000000000000000000000", 0),
      ("1e99999999999999999999", "10e99999999999999999999", -1),
      ("-1e99999999999999999999", "-1e-99999999999999999999", -1), ("1e-99999999999999999999999", "0", 1),
      ("0e99999999999999999999999", "0", 0), ("1e0000000000000000000000002", "100", 0),
    ])
  func compares(left: String, right: String, expected: Int) throws {
    let one = try #require(DecimalText(left.utf8))
    let other = try #require(DecimalText(right.utf8))
    #expect(one.compared(with: other) == expected)
    #expect(other.compared(with: one) == -expected)
  }

  @Test(
    "What is no JSON number is none",
    arguments: ["", "-", "01", "+1", "1.", ".5", "1e", "1e+", "0x1", " 1", "1 ", "1e12345678901x", "NaN", "1.e3"])
  func refuses(text: String) {
    #expect(DecimalText(text.utf8) == nil)
  }

  @Test(
    "A whole number is counted digit by digit, whatever its form, and cut down where it is too large",
    arguments: [
      ("0", 0), ("-0.0", 0), ("0e999999999", 0), ("7", 7), ("1e3", 1_000), ("3600.0", 3_600), ("120e-1", 12),
      ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", 1_000_000_000_000_000_000),
      ("1000000000000000001", 1_000_000_000_000_000_000), ("1e30", 1_000_000_000_000_000_000), ("1.5", nil),
      ("1e99999999999999999999", 1_000_000_000_000_000_000), ("1e-99999999999999999999", nil),
      ("-1e99999999999", nil),
      ("1e-400", nil), ("1.00000000000000000000001", nil), ("-1", nil), ("-1e30", nil), ("-0.5", nil),
    ] as [(String, Int64?)])
  func whole(text: String, expected: Int64?) throws {
    let number = try #require(DecimalText(text.utf8))
    #expect(number.wholeNumber(atMost: 1_000_000_000_000_000_000) == expected)
    #expect(number.wholeNumber(atMost: 5) == expected.map { min($0, 5) })
  }

  @Test("Equal numbers have one form, also with exponents that no integer holds, and others have another")
  func normalForms() throws {
    func form(_ text: String) throws -> String {
      String(decoding: try #require(DecimalText(text.utf8)).normalForm, as: UTF8.self)
    }
    #expect(try form("1e99999999999999999999") == form("0.1e100000000000000000000"))
    #expect(try form("-1e-99999999999999999999") == "-1e-99999999999999999998")
    #expect(try form("10e999999999999999997") == form("1e999999999999999998"))
    #expect(try form("1e99999999999999999999") != form("1e-99999999999999999999"))
  }

  @Test("Only digits and a sign are written as an integer")
  func integers() {
    #expect(DecimalText("-12".utf8)?.isWrittenAsInteger == true)
    #expect(DecimalText("1.0".utf8)?.isWrittenAsInteger == false)
    #expect(DecimalText("1e3".utf8)?.isWrittenAsInteger == false)
  }
}

@Suite("DisclosedBits")
struct DisclosedBitsTests {
  @Test("Eight bits of an origin come out, the ninth does not, and other origins have their own count")
  func limit() throws {
    var bits = DisclosedBits()
    let secret = LabeledBit(true, label: Samples.stored)
    for _ in 0..<8 { #expect(try bits.disclose(secret)) }
    let origin = Samples.stored.origins[0].origin
    #expect(throws: ValueFault.declassificationLimit(origin: origin)) { try bits.disclose(secret) }
    #expect(bits.counts[origin] == 8)
    #expect(try bits.disclose(LabeledBit(true, label: Samples.response)))
    #expect(try bits.disclose(LabeledBit(clear: true)))
    #expect(try bits.disclose(LabeledBit(true, label: Samples.trigger)))
  }

  @Test("An answer from two origins counts for both, or for none when one has no bit left")
  func both() throws {
    var bits = DisclosedBits(limit: 1)
    _ = try bits.disclose(LabeledBit(true, label: Samples.stored))
    let joined = Samples.stored.joined(with: Samples.response)
    #expect(throws: ValueFault.self) { try bits.disclose(LabeledBit(true, label: joined)) }
    #expect(bits.counts[Samples.response.origins[0].origin] == nil)
  }

  @Test("A fault is as telling as an answer and counts like one")
  func fault() throws {
    var bits = DisclosedBits(limit: 1)
    let fault = LabeledBit(outcome: .failure(.notMapped), label: Samples.stored)
    #expect(throws: ValueFault.notMapped) { try bits.disclose(fault) }
    #expect(throws: ValueFault.declassificationLimit(origin: Samples.stored.origins[0].origin)) {
      try bits.disclose(fault)
    }
  }

  @Test(
    "An iteration over labelled elements counts the logarithm of their number, rounded up",
    arguments: [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (200, 8)])
  func iteration(count: Int, expected: Int) throws {
    var bits = DisclosedBits()
    try bits.chargeIteration(count: count, label: Samples.stored)
    #expect(bits.counts[Samples.stored.origins[0].origin, default: 0] == expected)
  }

  @Test("An iteration over too many elements is refused")
  func longIteration() {
    var bits = DisclosedBits()
    #expect(throws: ValueFault.self) { try bits.chargeIteration(count: 257, label: Samples.stored) }
  }
}
