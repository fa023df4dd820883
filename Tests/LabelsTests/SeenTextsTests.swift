import Testing

@testable import Labels

@Suite("SeenTexts")
struct SeenTextsTests {
  @Test("The same texts with the same labels are new once; another label, order or grouping is new again")
  func labels() {
    let (plain, hidden) = (LabeledText(clear: "same"), LabeledText(clear: "same").labeled(also: Samples.stored))
    let part = Samples.pieces([("sa", .clear), ("me", Samples.stored)])
    var seen = SeenTexts()
    for group in [[plain], [hidden], [part], [plain, hidden], [hidden, plain], [LabeledText(clear: "samesame")]] {
      let answers = [seen.isNew(group), seen.isNew(group)]
      #expect(answers == [true, false])
    }
  }

  @Test("Texts that are too long to be remembered are new each time")
  func long() {
    let text = LabeledText(clear: String(repeating: "x", count: 5_000))
    var seen = SeenTexts()
    let answers = [seen.isNew([text]), seen.isNew([text])]
    #expect(answers == [true, true])
  }
}
