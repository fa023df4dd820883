import Destinations
import Keyring
import Redaction
import Testing

@testable import Labels

@Suite("Masking")
struct MaskingTests {
  private struct Holder { let value: Any }
  private enum Choice { case one(Any), two(inner: Any, Int) }
  private final class Box {
    let value: Any
    init(_ value: Any) { self.value = value }
  }

  private static func printed(_ value: Any) -> String {
    var output = ""
    print(value, terminator: "", to: &output)
    debugPrint(value, terminator: "", to: &output)
    dump(value, to: &output)
    output += String(describing: value) + String(reflecting: value) + "\(value)"
    let mirror = Mirror(reflecting: value)
    output += mirror.children.map { "\($0.label ?? "")=\($0.value)" }.joined()
    return output
  }

  private static func everyWay(_ value: Any) -> String {
    let nested: [Any] = [
      value, Holder(value: value), Choice.one(value), Choice.two(inner: value, 1), Box(value), [value],
      ["key": value], Optional.some(value) as Any, (value, 1), Result<Any, ValueFault>.success(value),
    ]
    return nested.map(printed).joined()
  }

  private static func values() throws -> [Any] {
    let secret = Samples.text(Samples.secret, Samples.stored)
    var table = ValueTable()
    let handle = try table.insert(secret)
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(secret)
    let template = try URLTemplate(
      base: "https://api.example.com", resource: "/<<x>>", segments: .whole, allowingPlainHTTP: { _ in false })
    let request = try RenderedRequest(
      method: "POST", template: template, values: ["x": secret], query: [RequestField("q", RenderedText(secret))],
      headers: [RequestField("X", RenderedText(secret))], body: .content(RenderedText(secret), type: "text/plain"),
      scope: ValueScope(["s": secret]))
    let json = try LabeledJSON(reading: try Samples.json("\"\(Samples.secret)\"", Samples.stored))
    let plain: [Any] = [
      secret, table, handle, registry, registry.view(), request, json, RenderedText(secret), ValueScope(["s": secret]),
      try Comparison.evaluate(.value(secret), .equals, .value(Samples.text("x"))),
      RequestField("f", RenderedText(secret)), LabeledHeader(name: secret, value: secret),
      RenderingSegment.value(secret, name: "v", isBare: false, context: .text), ComparisonOperand.value(secret),
      LabeledJSON.Found.value(secret), RequestBody.content(RenderedText(secret), type: "t"),
      RequestTexts(url: secret, headers: secret, body: secret), Samples.pseudonyms,
    ]
    return plain
  }

  @Test("No way of printing a labelled value shows it, nested or not")
  func neverShown() throws {
    for value in try Self.values() {
      let shown = Self.everyWay(value)
      #expect(!shown.contains(Samples.secret), "\(type(of: value))")
      // Nor as the numbers of its bytes, which reflection would print.
      #expect(!shown.contains("115, 51, 99"), "\(type(of: value))")
    }
  }

  @Test("The test would notice a value that prints")
  func positiveControl() {
    struct Leaky { let bytes: [UInt8] }
    #expect(Self.everyWay(Samples.secret).contains(Samples.secret))
    #expect(Self.everyWay(Leaky(bytes: Array(Samples.secret.utf8))).contains("115, 51, 99"))
  }

  @Test("A bit prints the same whatever it is")
  func bits() {
    let yes = LabeledBit(true, label: Samples.stored)
    let no = LabeledBit(false, label: Samples.stored)
    #expect(Self.printed(yes) == Self.printed(no))
  }

  @Test("What is printed of a value does not tell its size")
  func size() {
    #expect(Self.printed(Samples.text("a", Samples.stored)) == Self.printed(Samples.text("ab", Samples.stored)))
  }
}
