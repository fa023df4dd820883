/// That a value was used somewhere: the name by which the document called it, and its label. For the reasons of a log.
package struct ValueUse: Hashable, Sendable {
  package let name: String
  package let label: Label

  package init(name: String, label: Label) {
    self.name = name
    self.label = label
  }

  /// `api_token, an encrypted response of step "Get token"`: the name, and each secret origin that is not just the
  /// name again.
  package var sentence: String {
    let words = label.secretOrigins.map { origin in
      origin == .variable(name: name) ? "an encrypted variable" : origin.sentence
    }
    return ([name] + words).joined(separator: ", ")
  }
}

/// Text that was put together from a document's text and values, and which values those were.
package struct RenderedText: Sendable {
  package let text: LabeledText
  package let uses: [ValueUse]

  package init(_ text: LabeledText, uses: [ValueUse] = []) {
    self.text = text
    self.uses = uses
  }

  /// Text of a document without any value in it.
  package init(clear text: String) { self.init(LabeledText(clear: text)) }
}
