import Testing

@testable import Labels

@Suite("ValueTable")
struct ValueTableTests {
  @Test("Values get numbers in order, and a handle gives its value back")
  func order() throws {
    var table = ValueTable()
    let first = try table.insert(Samples.text("a", Samples.stored))
    let second = try table.insert(Samples.text("b"))
    #expect(first.id.raw == 0 && second.id.raw == 1 && table.nextID.raw == 2)
    #expect(first.label == Samples.stored)
    #expect(Samples.string(try table.text(second)) == "b")
  }

  @Test("A handle whose label is weaker than the value's gives nothing")
  func weakerHandle() throws {
    var table = ValueTable()
    let handle = try table.insert(Samples.text("a", Samples.stored))
    #expect(throws: ValueFault.damaged) { try table.text(ValueHandle(id: handle.id, label: .clear)) }
    let stronger = ValueHandle(id: handle.id, label: Samples.stored.joined(with: Samples.variable))
    #expect(Samples.string(try table.text(stronger)) == "a")
  }

  @Test("A removed number is not given again, and all values can be forgotten")
  func removal() throws {
    var table = ValueTable()
    let handle = try table.insert(Samples.text("a"))
    table.remove(handle.id)
    #expect(throws: ValueFault.damaged) { try table.text(handle) }
    #expect(try table.insert(Samples.text("b")).id.raw == 1)
    table.removeAll()
    #expect(table.count == 0)
  }

  @Test("The table is bounded in bytes and in values, and a refusal keeps nothing")
  func bounds() throws {
    var table = ValueTable(maximumBytes: 10, maximumValues: 2)
    let handle = try table.insert(Samples.text("12345678"))
    #expect(throws: ValueFault.tooLarge(limit: 10)) { try table.insert(Samples.text("abc")) }
    _ = try table.insert(Samples.text("ab"))
    #expect(throws: ValueFault.tooManyValues(limit: 2)) { try table.insert(Samples.text("")) }
    _ = try table.insert(Samples.text("1234"), at: handle.id)
    #expect(table.count == 2)
    #expect(Samples.string(try table.text(handle)) == "1234")
  }

  @Test("Ranges count for what they take when they are sealed, but for values of a history, which were sealed already")
  func ranges() throws {
    var table = ValueTable(maximumBytes: 1_000)
    let spans = (0..<20).map { LabelSpan(range: $0..<$0 + 1, label: $0 % 2 == 0 ? Samples.stored : Samples.response) }
    let text = LabeledText(
      bytes: Array(repeating: 0x61, count: 20), spans: spans, base: .clear, trace: .clear, form: .text)
    #expect(text.spans.count == 20)
    let handle = try table.insert(text)
    #expect(throws: ValueFault.tooLarge(limit: 1_000)) { try table.insert(text) }
    table.remove(handle.id)
    _ = try table.insert(text)
    let other = try table.insert(text, at: ValueID(raw: 9))
    #expect(Samples.string(try table.text(other)) == Samples.string(text))
  }

  private static func origins(_ numbers: Range<Int>) -> Label {
    Label(origins: numbers.map { LabelOrigin(.variable(name: "v\($0)"), .masked) }, hosts: .any)
  }

  @Test("A label of more origins than a stored one may have is refused, and one of as many comes back")
  func manyOrigins() throws {
    var table = ValueTable()
    let most = Label.maximumOrigins
    for text in [
      Samples.text("a", Self.origins(0..<most + 1)),
      Samples.pieces([("a", .clear), ("b", Self.origins(0..<most + 1))]),
      Samples.text("a").noting(Self.origins(0..<most + 1)),
    ] {
      #expect(throws: ValueFault.tooManyOrigins(limit: most)) { try table.insert(text) }
    }
    #expect(table.count == 0)
    // Ranges with different ones may have more together: each is stored by itself.
    let halves = Samples.pieces([("a", Self.origins(0..<most)), ("b", Self.origins(most..<2 * most))])
    let handle = try table.insert(halves)
    let back = try #require(LabeledText(encoded: try table.text(handle).encoded[...]))
    #expect(back.label.origins.count == 2 * most)
    let kept = Transforms.mapped(halves, by: [(input: "x", output: "y")])
    #expect(throws: ValueFault.tooManyOrigins(limit: most)) { try table.insert(kept) }
  }

  @Test("There is room for what a table has left beside what was taken for it, ranges included, and no more")
  func room() throws {
    var table = ValueTable(maximumBytes: 100)
    _ = try table.insert(Samples.text("1234567890"))
    let taken = Samples.pieces([("ab", Samples.stored)])
    var room = ValueRoom(of: table, beside: [taken])
    try room.take(Samples.text(String(repeating: "x", count: 40)))
    #expect(throws: ValueFault.tooLarge(limit: 100)) { try room.take(Samples.text("x")) }
    var other = ValueRoom(limit: 3)
    try other.take(Samples.text("abc"))
    #expect(throws: ValueFault.tooLarge(limit: 3)) { try other.take(Samples.text("d")) }
  }

  @Test("There is room for values where all of them can be kept: by their bytes, their number and their origins")
  func roomForAll() throws {
    let empty = ValueTable(maximumBytes: 10, maximumValues: 2)
    let most = Label.maximumOrigins
    let cases: [([LabeledText], ValueFault?)] = [
      ([Samples.text("12345678"), Samples.text("ab")], nil),
      ([Samples.text("12345678"), Samples.text("abc")], .tooLarge(limit: 10)),
      ([Samples.text(""), Samples.text("")], nil),
      ([Samples.text(""), Samples.text(""), Samples.text("")], .tooManyValues(limit: 2)),
      ([Samples.text("a"), Samples.text("b", Self.origins(0..<most))], nil),
      ([Samples.text("a"), Samples.text("b", Self.origins(0..<most + 1))], .tooManyOrigins(limit: most)),
    ]
    for (texts, fault) in cases {
      var said: ValueFault?
      do throws(ValueFault) { try empty.checkRoom(for: texts) } catch { said = error }
      #expect(said == fault)
      var table = empty
      said = nil
      do throws(ValueFault) { for text in texts { _ = try table.insert(text) } } catch { said = error }
      #expect(said == fault, "keeping them one by one says the same")
    }
  }

  @Test("The last number is not given, so that counting on cannot wrap")
  func lastNumber() throws {
    var table = ValueTable()
    #expect(throws: ValueFault.self) { try table.insert(Samples.text("a"), at: ValueID(raw: .max)) }
  }

  @Test("A size class tells no more than a power of two")
  func sizeClass() {
    #expect(Samples.text("").sizeClass == 64)
    #expect(LabeledText(text: [UInt8](repeating: 1, count: 65), label: .clear).sizeClass == 128)
    #expect(Samples.text("abc").exceeds(bytes: 2) && !Samples.text("abc").exceeds(bytes: 3))
  }
}
