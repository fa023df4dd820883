import SourceText

/// Whose scheme it is and what people should know of it. It changes no verdict.
package struct SchemeAbout: Hashable, Sendable {
  /// The sender's name; empty where nobody gave one.
  package var title = ""
  /// The address of the sender's own description, as text: nothing is fetched.
  package var page = ""
  /// Where the key comes from and how it is written.
  package var key = ""
  /// One sentence each: what is easily done wrong.
  package var notes: [String] = []

  init() {}

  /// Reads `about`; an absent one is empty.
  init(_ node: SourceNode?) throws(SchemeFault) {
    guard let node else { return }
    let fields = try SchemeFields(node, of: "about", allowing: ["title", "page", "key", "notes"])
    title = try Self.text("title", fields)
    page = try Self.text("page", fields)
    key = try Self.text("key", fields)
    let elements = try fields.elements("notes")
    guard elements.count <= WebhookLimits.aboutNotes else { throw SchemeFault(.about, at: fields.place(of: "notes")) }
    for element in elements {
      guard let note = element.string, Self.isShowable(note) else { throw SchemeFault(.about, at: element.place) }
      notes.append(note)
    }
  }

  private static func text(_ name: String, _ fields: SchemeFields) throws(SchemeFault) -> String {
    let text = try fields.text(name) ?? ""
    guard isShowable(text) else { throw SchemeFault(.about, at: fields.place(of: name)) }
    return text
  }

  /// It is shown on terminals and in a console.
  private static func isShowable(_ text: String) -> Bool {
    text.utf8.count <= WebhookLimits.aboutBytes
      && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }
}
