import Encodings
import Testing

@testable import Labels

@Suite("LabeledJSON")
struct LabeledJSONTests {
  private func extract(_ text: LabeledText, _ path: String) throws -> LabeledText {
    try LabeledJSON(reading: text).extract(try ValuePath(parsing: path), name: "v" + path)
  }

  @Test(
    "A path leads to exactly the JSON text of its place",
    arguments: [
      ("{\"a\": {\"b\": [1.50, \"x\"]}}", "^a^b[0]", "1.50"), ("{\"a\": {\"b\": [1.50, \"x\"]}}", "^a^b[1]", "\"x\""),
      (" {\"a\":1} ", "", "{\"a\":1}"), ("[{\"id\":202},{\"id\":203,\"v\":true}]", "[id=203]^v", "true"),
      ("[{\"id\":\"203\",\"v\":1}]", "[id=203]^v", "1"), ("[1,{\"id\":203}]", "[id=203]", "{\"id\":203}"),
      ("{\"note\":\"[{\\\"Lid\\\":7}]\"}", "^note[0]^Lid", "7"),
      ("{\"m\":\"{\\\"n\\\":\\\"{\\\\\\\"k\\\\\\\":\\\\\\\"deep\\\\\\\"}\\\"}\"}", "^m^n^k", "\"deep\""),
      ("{\"Name\":1}", "^name", "1"), ("{\"Name\":1,\"name\":2}", "^name", "2"), ("{\"a\\u0062\":1}", "^ab", "1"),
    ])
  func extracts(text: String, path: String, expected: String) throws {
    let value = try extract(Samples.text(text), path)
    #expect(Samples.string(value) == expected)
    #expect(value.form == .json)
  }

  @Test("Each leaf keeps its own label, and its neighbours' labels stay behind")
  func labelsPerLeaf() throws {
    let text = Samples.pieces(
      [
        ("{\"a\":\"", .clear), ("one", Samples.stored), ("\",\"b\":\"two\",\"c\":\"x", .clear),
        ("three", Samples.variable), ("\"}", .clear),
      ], form: .json)
    #expect(try extract(text, "^a").label == Samples.stored)
    #expect(try extract(text, "^b").label == .clear)
    let mixed = try Transforms.unquoted(try extract(text, "^c"))
    #expect(Samples.labels(mixed) == [.clear] + Array(repeating: Samples.variable, count: 5))
  }

  @Test("A leaf of a wholly encrypted body carries the body's label")
  func wholeBody() throws {
    let body = LabeledText(body: Array("{\"a\":{\"b\":1},\"s\":\"[2]\"}".utf8), label: Samples.response)
    #expect(body.form == .json)
    for path in ["^a", "^a^b", "^s[0]"] { #expect(try extract(body, path).label == Samples.response) }
  }

  @Test("An empty secret string in a JSON text keeps its label through extraction")
  func emptySecret() throws {
    var builder = TextBuilder()
    builder.append(clear: "{\"a\":")
    builder.append(try Transforms.jsonQuoted(Samples.text("", Samples.stored)))
    builder.append(clear: ",\"b\":1}")
    let text = builder.finish(form: .json)
    #expect(try extract(text, "^a").label == Samples.stored)
    #expect(Transforms.stringForm(try extract(text, "^a")).label == Samples.stored)
    #expect(try extract(text, "^b").label == .clear)
  }

  @Test("Where something secret selects, all of the array covers the result: a right guess looks like a wrong one")
  func selection() throws {
    let text = Samples.pieces(
      [
        ("[{\"id\":\"", .clear), ("1", Samples.stored), ("\",\"v\":1},{\"id\":\"", .clear), ("2", Samples.variable),
        ("\",\"v\":2},{\"id\":\"", .clear), ("3", Samples.response), ("\",\"v\":3}]", .clear),
      ], form: .json)
    let value = try extract(text, "[id=2]^v")
    #expect(Samples.string(value) == "2")
    let all = Label.join([Samples.stored, Samples.variable, Samples.response])
    #expect(Samples.labels(value) == [all])
    #expect(try absence(in: text, "[id=9]^v") == all)
    #expect(try Samples.labels(extract(text, "[id=1]^v")) == [all])
    // That it has no such member, or is no object, tells of an element as well.
    let others = Samples.pieces(
      [
        ("[{\"", .clear), ("x", Samples.stored), ("\":1},", .clear), ("7", Samples.variable), (",{\"id\":2}]", .clear),
      ], form: .json)
    let found = try extract(others, "[id=2]^id")
    #expect(Samples.labels(found) == [Samples.stored.joined(with: Samples.variable)])
  }

  private func absence(in text: LabeledText, _ path: String) throws -> Label? {
    guard case .missing(let label, _) = try LabeledJSON(reading: text).find(ValuePath(parsing: path), name: "v")
    else { return nil }
    return Samples.plain(label)
  }

  @Test("Of a text that was put together with a secret, what is found, and that nothing is, carries all of its label")
  func composed() throws {
    let cases: [(String, String, found: String, missing: String)] = [
      ("{\"", "\":\"hit\"}", "^4711", "^1234"), ("[{\"", "\":1,\"9\":2},\"right\"]", "[1]", "[2]"),
      ("{\"id\":", ",\"v\":[1,2]}", "^v[1]", "^v[2]"), ("[{\"id\":", ",\"v\":5}]", "[id=4711]^v", "[id=1]^v"),
    ]
    for (before, after, found, none) in cases {
      let text = Samples.pieces([(before, .clear), ("4711", Samples.stored), (after, .clear)])
      let inString = try Transforms.object([("s", text)])
      for (value, prefix) in [(text, ""), (inString, "^s")] {
        let label = Samples.stored
        #expect(try Samples.labels(extract(value, prefix + found)).allSatisfy { $0 == label }, "\(prefix + found)")
        #expect(try absence(in: value, prefix + none) == label, "\(prefix + none)")
      }
    }
    let list = Samples.pieces([("[1,\"", .clear), ("a\",\"b", Samples.stored), ("\"]", .clear)])
    #expect(Samples.plain(try LabeledArray(reading: list).countLabel) == Samples.stored)
    let first = try #require(try LabeledArray(reading: list).element(0))
    #expect(Samples.labels(first) == [Samples.stored])
    // In a string that is no JSON after all, that is told as well.
    let broken = Samples.pieces([("{\"", .clear), ("4\"711", Samples.stored), ("\":1}", .clear)])
    #expect(try absence(in: try Transforms.object([("s", broken)]), "^s^4711") == Samples.stored)
    // Nothing secret in it: each part keeps its own labels.
    let shown = Samples.pieces([("{\"a\":\"", .clear), ("x", Samples.trigger), ("\",\"b\":1}", .clear)])
    #expect(try extract(shown, "^b").label == .clear)
  }

  @Test("A secret array or object that was put into another one keeps its length, its names and its kind to itself")
  func embedded() throws {
    let list = try Samples.json("[1,2,3]", Samples.response)
    let object = try Samples.json("{\"x\":1}", Samples.response)
    let whole = try Transforms.object([
      ("a", list), ("o", object), ("n", try Samples.json("null", Samples.response)), ("open", LabeledText(integer: 7)),
    ])
    for path in ["^a[3]", "^a[9]^x", "^a^x", "^o^y", "^o[0]", "^n^x", "^n[0]"] {
      #expect(try absence(in: whole, path) == Samples.response, "\(path)")
    }
    for path in ["^a", "^a[2]", "^o^x"] {
      #expect(try Samples.labels(extract(whole, path)).allSatisfy { $0 == Samples.response }, "\(path)")
    }
    #expect(try extract(whole, "^open").label == .clear)
    #expect(try absence(in: whole, "^other") == .clear)
    let array = try LabeledArray(reading: try extract(whole, "^a"))
    #expect(array.countLabel == Samples.response)
    let grown = try Transforms.appended(LabeledText(integer: 4), to: try extract(whole, "^a"))
    #expect(try LabeledArray(reading: grown).countLabel == Samples.response)
    #expect(try Transforms.joined(try Samples.json("[0]"), with: try extract(whole, "^a")).base == Samples.response)
  }

  @Test("A secret inside one element or one name of a public array or object leaves its length and the others in clear")
  func publicAround() throws {
    let body = Samples.pieces(
      [
        ("{\"list\":[\"", .clear), ("abc", Samples.stored), ("\", 2 ,{\"", .clear), ("key", Samples.stored),
        ("\":1}],\"end\":[", .clear), ("true", Samples.variable), ("]}", .clear),
      ], form: .json)
    #expect(try extract(body, "^list[1]").label == .clear)
    #expect(try extract(body, "^list[0]").label == Samples.stored)
    #expect(try absence(in: body, "^list[3]") == .clear)
    #expect(try LabeledArray(reading: extract(body, "^list")).countLabel == .clear)
    #expect(try absence(in: body, "^end[1]") == .clear)
    #expect(try absence(in: body, "^end[0]^x") == Samples.variable)
    #expect(try Samples.labels(extract(body, "^list[2]^key")) == [Samples.stored])
    #expect(try absence(in: body, "^list[2]^other") == Samples.stored)
  }

  @Test("A secret range that reaches over a comma, a colon or a bracket is one of the array or object around it")
  func overStructure() throws {
    let cases: [([(String, Label)], String)] = [
      ([("[1", .clear), (",", Samples.stored), ("2]", .clear)], "[0]"),
      ([("[", Samples.stored), ("1,2]", .clear)], "[0]"), ([("[1,2", .clear), ("]", Samples.stored)], "[1]"),
      ([("[1,", .clear), ("2]", Samples.stored)], "[0]"),
      ([("{\"a\"", .clear), (":", Samples.stored), ("1}", .clear)], "^a"),
      ([("{\"a\":1,", .clear), ("\"b\":", Samples.stored), ("2}", .clear)], "^a"),
    ]
    for (pieces, path) in cases {
      let text = Samples.pieces(pieces, form: .json)
      #expect(try Samples.labels(extract(text, path)).allSatisfy { $0 == Samples.stored }, "\(Samples.string(text))")
      #expect(try absence(in: text, "[9]") == Samples.stored, "\(Samples.string(text))")
    }
    var builder = TextBuilder()
    for (text, label) in [("[", Label.clear), ("", Samples.stored), ("]", Label.clear)] {
      builder.append(LabeledText(text: Array(text.utf8), label: label))
    }
    #expect(try LabeledArray(reading: builder.finish(form: .json)).countLabel == Samples.stored)
  }

  @Test("A missing member is a closed fault that lists the names only where they may be shown")
  func missing() throws {
    let clear = Samples.text("{\"alpha\":1,\"beta\":2}")
    #expect(throws: ValueFault.pathMissing(path: "v^gamma", available: ["alpha", "beta"])) {
      try extract(clear, "^gamma")
    }
    let encrypted = Samples.text("{\"alpha\":1}", Samples.response)
    #expect(throws: ValueFault.pathMissing(path: "v^gamma", available: nil)) { try extract(encrypted, "^gamma") }
    let secretKey = Samples.pieces([("{\"", .clear), ("alpha", Samples.stored), ("\":1}", .clear)])
    #expect(throws: ValueFault.pathMissing(path: "v^gamma", available: nil)) { try extract(secretKey, "^gamma") }
  }

  @Test("What absence tells carries the label of what was looked at")
  func missingLabel() throws {
    #expect(try absence(in: Samples.text("{\"a\":1}", Samples.response), "^b") == Samples.response)
    let object = Samples.pieces([("{\"a\":\"", .clear), ("x", Samples.stored), ("\"}", .clear)], form: .json)
    #expect(try absence(in: object, "^b") == .clear)
    let list = Samples.pieces([("[{\"id\":\"", .clear), ("x", Samples.stored), ("\"}]", .clear)], form: .json)
    #expect(try absence(in: list, "[id=y]") == Samples.stored)
  }

  @Test(
    "A path into what has no members is missing",
    arguments: [("1", "^a"), ("null", "^a"), ("[1]", "^a"), ("{\"a\":1}", "[0]"), ("[1]", "[1]"), ("\"text\"", "^a")])
  func noMembers(text: String, path: String) {
    #expect(throws: ValueFault.pathMissing(path: "v" + path, available: text.first == "{" ? ["a"] : nil)) {
      try extract(Samples.text(text), path)
    }
  }

  @Test("Two names that differ from the wanted one in case only are ambiguous")
  func ambiguous() {
    #expect(throws: ValueFault.pathAmbiguous(path: "v^NAME")) {
      try extract(Samples.text("{\"Name\":1,\"name\":2}"), "^NAME")
    }
  }

  @Test(
    "Text that is not exactly one JSON value is refused without saying where",
    arguments: ["", "{", "1 2", "{\"a\":1,\"a\":2}", "nul", "\u{FEFF}1", "'x'"])
  func notJSON(text: String) {
    #expect(throws: ValueFault.notJSON) { try LabeledJSON(reading: Samples.text(text, Samples.stored)) }
  }

  @Test("A body that is no JSON is text, with its label")
  func textBody() {
    let body = LabeledText(body: Array("<html>".utf8), label: Samples.response)
    #expect(body.form == .text && body.label == Samples.response)
  }

  private static let small = JSONLimits(maximumBytes: 40, maximumDepth: 3, maximumNodes: 5)

  /// Headers as an answer has them.
  private static func headers(_ type: String?) -> LabeledText {
    let fields = type.map { [(name: "content-Type", value: Array($0.utf8))] } ?? []
    return LabeledHeaders.object(fields, label: Samples.trigger, isEncrypted: false, holder: "step")
  }

  private static func fault(_ body: String, type: String?, label: Label = Samples.trigger) -> ValueFault? {
    LabeledText(body: Array(body.utf8), label: label, limits: small).bodyFault(headers: headers(type), limits: small)
  }

  @Test(
    "A value over a limit of JSON is refused by that limit, whatever is secret in it",
    arguments: [
      ("[1,2,3,4]", nil), ("[1,2,3,4,5]", .values(limit: 5)), ("[[[1]]]", nil), ("[[[[1]]]]", .levels(limit: 3)),
      ("\"\(String(repeating: "x", count: 38))\"", nil),
      ("\"\(String(repeating: "x", count: 39))\"", .bytes(limit: 40)),
    ] as [(String, JSONExcess?)])
  func overLimit(text: String, excess: JSONExcess?) throws {
    let value = Samples.text(text, Samples.stored)
    guard let excess else {
      #expect(try LabeledJSON(reading: value, limits: Self.small).text.form == .json)
      return
    }
    #expect(throws: ValueFault.tooMuchJSON(excess)) { try LabeledJSON(reading: value, limits: Self.small) }
  }

  @Test(
    "A body that begins as JSON and is over a limit is no text, whatever its type says",
    arguments: [nil, "text/plain", "application/json"] as [String?])
  func largeBody(type: String?) {
    #expect(Self.fault("[1,2,3,4]", type: type) == nil)
    #expect(Self.fault(" [1,2,3,4,5]", type: type) == .tooMuchJSON(.values(limit: 5)))
    #expect(Self.fault("{\"a\":[[[1]]]}", type: type) == .tooMuchJSON(.levels(limit: 3)))
    let long = "{\"a\":\"\(String(repeating: "x", count: 40))\"}"
    #expect(Self.fault(long, type: type) == .tooMuchJSON(.bytes(limit: 40)))
    let isSaid = type == "application/json"
    #expect(
      Self.fault(String(repeating: "plain ", count: 9), type: type) == (isSaid ? .tooMuchJSON(.bytes(limit: 40)) : nil))
  }

  @Test(
    "A body that is said to be JSON and is none is told as such, with place and kind",
    arguments: [
      ("{\"id\":7,\"id\":8}", "1:9: the object already has this key"),
      ("{\"id\":\"\\ud800\"}", "1:8: half of a surrogate pair is no character"),
      ("{\"id\":", "1:7: the JSON text stops too early"), ("OK", "1:1: this character cannot stand here in JSON"),
      ("1\n2", "2:1: there is text after the JSON value"),
    ])
  func brokenBody(body: String, what: String) {
    for type in ["application/json", "Application/JSON ; charset=utf-8", "application/hal+json", "text/json"] {
      #expect(Self.fault(body, type: type) == .brokenJSON(what: what), "\(type)")
    }
    for type in [nil, "text/plain", "application/x-ndjson", "text/html; a=json"] {
      #expect(Self.fault(body, type: type) == nil, "\(type ?? "no type") stays text")
    }
    #expect(Self.fault(body, type: "application/json", label: Samples.response) == .brokenJSON(what: nil))
    #expect(ValueFault.brokenJSON(what: what).message.contains(what))
  }

  @Test("No body at all is no broken one, and JSON is none either", arguments: ["", " \r\n\t", "{}", " 7 ", "null"])
  func emptyBody(body: String) {
    #expect(Self.fault(body, type: "application/json") == nil)
  }

  @Test("More than 200 000 values are read by whatever reads a value of a run again")
  func large() throws {
    let count = 250_000
    let list = "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
    let text = try Samples.json("{\"list\":\(list)}", Samples.trigger)
    #expect(try LabeledArray(reading: try extract(text, "^list")).count == count)
    #expect(try Transforms.converted(LabeledText(clear: list), to: .array).form == .json)
    let body = try Rendering.json([
      .literal("{\"all\":"), .value(text, name: "all", isBare: false, context: .jsonValue), .literal("}"),
    ])
    #expect(body.text.form == .json)
    let has = try Comparison.evaluate(.value(try extract(text, "^list")), .contains, .value(Samples.text("1")))
    #expect(try has.outcome.get())
  }

  @Test("A token in a body of more than 1 MiB is marked as in any other")
  func largeToken() throws {
    let padding = String(repeating: "x", count: 1 << 20)
    let text = "{\"pad\":\"\(padding)\",\"Access_\\u0074oken\":\"abc\",\"name\":\"n\"}"
    let body = LabeledText(body: Array(text.utf8), label: Samples.trigger)
    let marked = SensitiveDefaults.mark(body, holder: "step", hosts: .any)
    #expect(try extract(marked, "^access_token").label.isSecret)
    #expect(try !extract(marked, "^name").label.isSecret)
  }
}
