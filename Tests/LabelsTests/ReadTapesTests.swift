import Testing

@testable import Labels

@Suite("ReadTapes")
struct ReadTapesTests {
  /// An object that is long enough to be kept.
  private static func long(_ value: String, _ label: Label = .clear) -> LabeledText {
    Samples.pieces([
      ("{\"a\":\"", .clear), (value, label), ("\",\"fill\":\"\(String(repeating: "x", count: 300))\"}", .clear),
    ])
  }

  private static func taken(_ path: String, _ text: LabeledText, _ tapes: ReadTapes) throws -> LabeledText {
    try tapes.json(text).extract(try ValuePath(parsing: path), name: "v" + path)
  }

  @Test("A text is read once, however often it is asked for, in whichever copy of it")
  func once() throws {
    let tapes = ReadTapes()
    let text = Self.long("one")
    for one in [text, text, text.labeled(also: Samples.stored), text.restricted(to: .nowhere)] {
      #expect(Samples.string(try Self.taken("^a", one, tapes)) == "\"one\"")
    }
    #expect(tapes.timesRead == 1)
    // As long as the other one, and in another place.
    #expect(Samples.string(try Self.taken("^a", Self.long("two"), tapes)) == "\"two\"")
    #expect(tapes.timesRead == 2)
  }

  @Test("What is taken out has the labels of the text that was asked for, not of the one that was read")
  func labels() throws {
    let tapes = ReadTapes()
    let plain = Self.long("one")
    let secret = LabeledText(
      bytes: plain.bytes, spans: [LabelSpan(range: 6..<9, label: Samples.variable)], base: .clear,
      trace: Samples.response, form: .json)
    #expect(try Self.taken("^a", plain.labeled(also: Samples.stored), tapes).label == Samples.stored)
    #expect(try Self.taken("^a", plain, tapes).label == .clear)
    #expect(try Self.taken("^a", secret, tapes).label == Samples.variable.joined(with: Samples.response))
    #expect(try Self.taken("^fill", secret, tapes).label == Samples.response)
    let composed = LabeledText(
      bytes: plain.bytes, spans: secret.spans, base: .clear, trace: .clear, form: .text)
    #expect(try Self.taken("^fill", composed, tapes).label == Samples.variable.ofChoice)
    #expect(tapes.timesRead == 1)
  }

  @Test("White space around a value is left out each time, and its labels stay in their places")
  func whiteSpace() throws {
    let tapes = ReadTapes()
    let text = Samples.pieces([("  {\"a\":", .clear), ("7", Samples.stored), ("} ", .clear)])
    var builder = TextBuilder()
    builder.append(text)
    builder.append(LabeledText(clear: String(repeating: "\n", count: 300)))
    let padded = builder.finish(form: .text)
    for _ in 0..<2 {
      #expect(Samples.string(try tapes.json(padded).text) == "{\"a\":7}")
      let value = try Self.taken("^a", padded, tapes)
      #expect(Samples.string(value) == "7" && value.label == Samples.stored)
    }
    #expect(tapes.timesRead == 1)
  }

  @Test("The kept ones are bounded in number and in bytes; the one that was asked for last stays")
  func bounds() throws {
    let two = ReadTapes(maximumCount: 2)
    let texts = ["one", "two", "six"].map { Self.long($0) }
    for place in [0, 1, 0, 2, 0, 0] { _ = try two.json(texts[place]) }
    #expect(two.timesRead == 3)
    _ = try two.json(texts[1])
    #expect(two.timesRead == 4)
    let none = ReadTapes(maximumBytes: 300)
    for _ in 0..<3 { _ = try none.json(texts[0]) }
    #expect(none.timesRead == 3)
  }

  @Test("What is no JSON, or is over a limit, is refused each time as it is without the tapes")
  func refused() throws {
    let tapes = ReadTapes()
    let deep = Samples.text(String(repeating: "[", count: 300) + String(repeating: "]", count: 300))
    let text = Samples.text(String(repeating: "plain ", count: 100))
    for _ in 0..<2 {
      #expect(throws: ValueFault.tooMuchJSON(.levels(limit: 64))) { try tapes.json(deep) }
      #expect(throws: ValueFault.notJSON) { try tapes.json(text) }
    }
  }

  @Test("A value that is removed, set anew or forgotten with all others is let go, and read again when asked for")
  func letGo() throws {
    var table = ValueTable()
    let text = Self.long("one")
    let handle = try table.insert(text)
    func reads(_ change: (inout ValueTable) throws -> Void) throws -> Int {
      let before = table.timesRead
      _ = try table.read(text)
      try change(&table)
      _ = try table.read(text)
      return table.timesRead - before
    }
    #expect(try reads { _ in } == 1)
    #expect(try reads { _ = try $0.insert(Samples.text("b")) } == 0)
    #expect(try reads { _ = try $0.insert(Self.long("two"), at: handle.id) } == 1)
    _ = try table.insert(text, at: handle.id)
    #expect(try reads { $0.remove(handle.id) } == 1)
    #expect(try reads { $0.removeAll() } == 1)
  }

  @Test("What is kept is not printed")
  func masked() throws {
    let tapes = ReadTapes()
    let text = Self.long(Samples.secret, Samples.stored)
    _ = try tapes.json(text)
    var output = ""
    dump(tapes, to: &output)
    dump(try ReadJSON(text.bytes, limits: .values), to: &output)
    #expect(!output.contains(Samples.secret) && !output.contains("115, 51, 99"))
  }
}
