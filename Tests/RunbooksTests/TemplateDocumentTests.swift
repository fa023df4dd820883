import Testing

@testable import Runbooks

@Suite("Mail templates as documents")
struct TemplateDocumentTests {
  private static let failed = """
    template: failed
    notes: ours
    subject: "Failed: $-RUNBOOKNAME"
    text: "$-RUNBOOKID $-RUNBOOKGROUPNAME $-RUNBOOKLOGRETENTIONDAYS $-x $- $-RUNBOOKNOTES"
    html: "<p title='$-RUNBOOKNOTES'>$-RUNBOOKNAME</p>"
    """

  private static func faults(_ text: String, options: CheckOptions = CheckOptions()) -> [String] {
    Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered)
  }

  @Test("A template reads back from its stored form to the identical value")
  func stored() throws {
    let document = try #require(Documents.read(Self.failed).templates.first?.document)
    #expect(document.id == "failed")
    #expect(TemplateDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("Values stand in once, escaped in HTML, and a subject stays one line whatever a name holds")
  func filled() throws {
    let document = try #require(Documents.read(Self.failed).templates.first?.document)
    let runbook = RunbookDocument(
      id: "r1", name: "a\r\nBcc: x@y\u{0}\u{2028}\u{202E}b\u{85}", notes: "<b> & \"'$-RUNBOOKID", retentionDays: 7)
    let filled = document.filled(for: runbook)
    #expect(filled.subject == "Failed: aBcc: x@yb")
    #expect(filled.text == "r1  7 $-x $- <b> & \"'$-RUNBOOKID")
    #expect(filled.html?.hasPrefix("<p title='&lt;b&gt; &amp; &quot;&#39;$-RUNBOOKID'>") == true)
    let long = document.filled(for: RunbookDocument(id: "r1", name: String(repeating: "ü", count: 900)))
    #expect(long.subject.utf8.count <= TemplateLimits.filledSubjectBytes)
  }

  @Test(
    "What a template cannot be is refused by name",
    arguments: [
      ("subject: a\ntext: $-RUNBOKID", "did you mean `$-RUNBOOKID`?"), ("subject: $-SECRET\ntext: a", "$-SECRET"),
      ("subject: a", "`text`, `html` or both"), ("subject: \"a\\nb\"\ntext: a", "one line"),
      ("subject: a\ntext: b\nbody: c", "body"), ("subject: a\ntext: $-RUNBOOKNAMES", "did you mean `$-RUNBOOKNAME`?"),
    ])
  func refused(settings: String, sentence: String) {
    let found = Self.faults("template: t\n" + settings)
    #expect(found.contains { $0.contains(": error: ") && $0.contains(sentence) }, "\(found)")
  }

  @Test("A name that is no name, and two templates of one name, are refused")
  func names() {
    #expect(Self.faults("template: a/b\nsubject: a\ntext: b").contains { $0.contains("not usable as a name") })
    let two = Self.faults("template: a\nsubject: a\ntext: b\n---\ntemplate: a\nsubject: a\ntext: b")
    #expect(two.contains { $0.contains("is taken already") })
  }

  @Test("A runbook that names a template that is not there is warned about where templates are known")
  func unknown() {
    let runbook = """
      runbook: r
      on_failure: { email: { to: soc@example.org, template: faild } }
      steps: { a: { end: success } }
      """
    #expect(!Self.faults(runbook).contains { $0.contains("there is no template") })
    let options = CheckOptions(templates: ["failed"])
    let found = Self.faults(runbook, options: options)
    #expect(found.contains { $0.contains(": warning: there is no template") && $0.contains("`failed`") }, "\(found)")
    // The mail is not sent by itself once there is one.
    #expect(found.contains { $0.contains("no-template") && $0.contains("chancery outbox retry") }, "\(found)")
    let same = Self.faults(
      runbook + "\n---\ntemplate: faild\nsubject: a\ntext: b", options: CheckOptions(templates: []))
    #expect(!same.contains { $0.contains("there is no template") })
  }
}
