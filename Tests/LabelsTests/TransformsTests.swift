import Cryptography
import Encodings
import Testing

@testable import Labels

@Suite("Transforms")
struct TransformsTests {
  @Test("A hash is no declassifier: every byte of it carries the whole label")
  func hash() {
    let text = Samples.pieces([("clear ", .clear), ("secret", Samples.stored)])
    let hash = Transforms.sha256(text)
    #expect(hash.bytes == Digest.sha256(Array("clear secret".utf8)))
    #expect(Samples.labels(hash).allSatisfy { $0 == Samples.stored })
  }

  @Test("A MAC carries the labels of message and key")
  func mac() {
    let code = Transforms.hmac(
      Samples.text("message", Samples.variable), key: Samples.text("key", Samples.stored), hash: .sha256)
    #expect(
      code.bytes
        == HMAC.authenticate(Array("message".utf8), key: GuardedBytes(copying: Array("key".utf8)), hash: .sha256))
    #expect(code.label == Samples.variable.joined(with: Samples.stored))
  }

  @Test("Basic credentials are user and password in base 64, and only the password's characters are labelled")
  func basic() {
    let text = Transforms.basicCredentials(user: Samples.text("me"), password: Samples.text("pw", Samples.stored))
    #expect(Samples.string(text) == Base64.encode(Array("me:pw".utf8)))
    #expect(Samples.labels(text) == Array(repeating: .clear, count: 4) + Array(repeating: Samples.stored, count: 4))
  }

  @Test(
    "A value converts to its declared type or says that it does not, without showing it",
    arguments: [
      ("\"42\"", .integer, "42"), ("42", .integer, "42"), ("1e3", .decimal, "1e3"), ("\"-0.50\"", .decimal, "-0.50"),
      ("12345678901234567890123", .integer, "12345678901234567890123"), ("1", .boolean, "true"),
      ("\"false\"", .boolean, "false"), ("true", .string, "\"true\""), ("{\"a\": 1}", .string, "\"{\\\"a\\\": 1}\""),
      ("\"[1]\"", .array, "[1]"), ("{}", .object, "{}"), ("\" {\\\"a\\\":1} \"", .object, "{\"a\":1}"),
      ("\"2026-11-24T16:05:39Z\"", .datetime, "\"2026-11-24T16:05:39Z\""),
      ("\"2025-04-29T11:25:12.123\"", .datetime, "\"2025-04-29T11:25:12.123\""),
    ] as [(String, ValueType, String)])
  func converts(from: String, to type: ValueType, gives: String) throws {
    let value = try Samples.json(from, Samples.stored)
    let converted = try Transforms.converted(value, to: type)
    #expect(Samples.string(converted) == gives)
    #expect(converted.form == .json)
    #expect(converted.label == Samples.stored)
  }

  @Test(
    "A value that is not of the declared type is refused",
    arguments: [
      ("\"4 2\"", .integer), ("1.5", .integer), ("1e3", .integer), ("\"01\"", .integer), ("true", .integer),
      ("\"\"", .decimal), ("\"yes\"", .boolean), ("2", .boolean), ("[]", .object), ("\"{\"", .object), ("null", .array),
      ("\"tomorrow\"", .datetime), ("20260101", .datetime),
    ] as [(String, ValueType)])
  func refuses(from: String, to type: ValueType) throws {
    let value = try Samples.json(from, Samples.stored)
    #expect(throws: ValueFault.notConvertible(to: type)) { try Transforms.converted(value, to: type) }
  }

  @Test("A mapped value is a text of the table, and carries the label of what it was chosen by")
  func mapping() throws {
    let table = [(input: "1", output: "High \"x\""), (input: "2", output: "Low")]
    let mapped = Transforms.mapped(try Samples.json("1", Samples.stored), by: table)
    #expect(Samples.string(mapped) == "\"High \\\"x\\\"\"")
    #expect(Samples.labels(mapped).allSatisfy { $0 == Samples.stored })
    let kept = Transforms.mapped(Samples.pieces([("x", .clear), ("9", Samples.stored)]), by: table)
    #expect(Samples.string(kept) == "x9")
    #expect(Samples.labels(kept) == [Samples.stored, Samples.stored])
  }

  @Test("The string form is a string's characters, and the JSON text of everything else")
  func stringForm() throws {
    #expect(Samples.string(Transforms.stringForm(try Samples.json("\"a\\nb\""))) == "a\nb")
    for text in ["12.0", "true", "null", "{\"a\": [1]}"] {
      #expect(Samples.string(Transforms.stringForm(try Samples.json(text))) == text)
    }
    #expect(Samples.string(Transforms.stringForm(Samples.text("\"as it is\""))) == "\"as it is\"")
  }

  @Test("Elements of one label that hides nothing more are one range, however many; secret ones stay apart")
  func collected() throws {
    func collect(_ label: Label, whole: Label = .clear) throws -> LabeledText {
      var array = try Samples.json("[]")
      for number in 0..<200 {
        array = try Transforms.appended(try Samples.json("\(number)", label), to: array).labeled(also: whole)
      }
      return array
    }
    let shown = try collect(Samples.trigger)
    #expect(shown.spans.count == 1)
    #expect(shown.label == Samples.trigger)
    #expect(Samples.string(shown) == "[" + (0..<200).map { "\($0)" }.joined(separator: ",") + "]")
    let element = try #require(try LabeledArray(reading: shown).element(117))
    #expect(Samples.string(element) == "117")
    #expect(element.label == Samples.trigger)
    #expect(try collect(Samples.trigger, whole: Samples.variable).spans.count <= 2)
    #expect(try collect(Samples.stored).spans.count == 200)
    let other = try Transforms.appended(try Samples.json("true", Samples.stored), to: shown)
    #expect(other.spans.map(\.label) == [Samples.trigger, Samples.stored])
  }

  @Test("Bytes that are no UTF-8 do not become JSON")
  func notUTF8() {
    let text = LabeledText(text: [0xFF, 0xFE], label: Samples.stored)
    #expect(throws: ValueFault.notUTF8) { try Transforms.jsonQuoted(text) }
    #expect(throws: ValueFault.notXMLText(name: "v")) { try Transforms.xmlEscaped(text, name: "v") }
  }

  @Test("What is not a JSON string is not unquoted")
  func notString() throws {
    for text in [try Samples.json("1"), Samples.text("\"x\""), Samples.text("")] {
      #expect(throws: ValueFault.notJSON) { try Transforms.unquoted(text) }
    }
  }
}
