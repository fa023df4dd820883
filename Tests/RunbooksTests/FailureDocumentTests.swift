import Destinations
import Testing

@testable import Runbooks

@Suite("What a runbook does about failed runs")
struct FailureDocumentTests {
  private static func faults(_ settings: String) -> [String] {
    Documents.faults("runbook: r\non_failure: { \(settings) }\nsteps: { a: { end: success } }")
  }

  @Test("Settings that are right read without a fault, and are what they say")
  func right() {
    let text = """
      runbook: r
      on_failure:
        disable_after: 3
        notify: [ana, ben]
        webhook: { url: "https://example.org/hook", key: kv/hook#key }
        tell_after: 2
      steps: { a: { end: success } }
      """
    let read = Documents.read(text)
    #expect(read.faults.isEmpty, "\(read.faults)")
    #expect(
      read.runbooks.first?.document.onFailure
        == FailureSettings(
          disableAfter: 3, notify: .logins(["ana", "ben"]),
          webhook: FailureSettings.WebhookSettings(
            url: "https://example.org/hook", key: SecretReference(path: "kv/hook", field: "key")), tellAfter: 2))
    #expect(
      read.runbooks.first?.document.secretReferences == [SecretReference(path: "kv/hook", field: "key")])
  }

  @Test(
    "Settings that cannot be meant are refused with their place",
    arguments: [
      ("disable_after: 0", "`disable_after` must be a whole number from 1 to 1000"),
      ("ticket_type: 7", "`ticket_type` cannot stand here: `ticket_after` is missing"),
      ("tell_after: 2", "`tell_after` cannot stand here: nobody is told"),
      ("notify: [soc@example.org]", "`notify` names logins"),
      ("email: { to: \"a@b@c\", template: t }", "`to` must be a login, or one mail address"),
      ("email: { to: \"a@example.org\\r\\nBcc: x\", template: t }", "`to` must be a login, or one mail address"),
      ("email: { to: a@example.org }", "`template` is missing here"),
      ("webhook: { url: \"ftp://example.org\", key: kv/a#b }", "`url` must be a URL"),
      ("webhook: { url: \"https://example.org/a b\", key: kv/a#b }", "`url` must be a URL"),
      ("webhook: { url: \"https://example.org/<<a>>\", key: kv/a#b }", "`url` of a webhook holds no placeholder"),
      ("webhook: { url: \"https://example.org/<<a\", key: kv/a#b }", "`url` of a webhook holds no placeholder"),
      ("webhook: { url: \"https://example.org/?a=b\", key: kv/a#b }", "`url` of a webhook has no query"),
      ("webhook: { url: \"https://example.org:99999/\", key: kv/a#b }", "`url` of a webhook: the port must be"),
      ("webhook: { url: \"https:///hook\", key: kv/a#b }", "`url` of a webhook: the URL has no host"),
    ])
  func wrong(settings: String, sentence: String) {
    let faults = Self.faults(settings)
    #expect(faults.contains { $0.contains("error: \(sentence)") }, "\(faults)")
  }

  private static let withPassword = """
    runbook: r
    on_failure:
      webhook: { url: "http://u:p@127.0.0.1:1/", key: kv/a#b }
    steps: { a: { end: success } }
    """

  @Test("A webhook's URL with credentials is refused at its place, without them")
  func credentials() {
    #expect(
      Documents.faults(Self.withPassword) == [
        "a.yaml:3:19: error: `url` of a webhook holds no user and no password: what is posted is signed with `key`; "
          + "remove what stands before the @ [D113]"
      ])
  }

  @Test("A document that was stored with such a URL can still be read")
  func stored() throws {
    let document = try #require(Documents.read(Self.withPassword).runbooks.first?.document)
    #expect(RunbookDocument(canonicalJSON: document.canonicalJSON) == document)
  }

  @Test("Logins that there are not are warned of where they stand, and only where the service is asked")
  func logins() {
    let text = """
      runbook: r
      on_failure:
        notify: [ana, ghost]
        email: { to: nobody, template: t }
      steps: { a: { end: success } }
      """
    #expect(Documents.faults(text) == [])
    var options = CheckOptions()
    options.logins = ["ana"]
    let remedy = "name another one, or make it with `chancery user put` [D121]"
    #expect(
      Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered) == [
        "a.yaml:3:17: warning: there is no login `ghost`, so nobody gets its notifications before there is one; \(remedy)",
        "a.yaml:4:16: warning: there is no login `nobody`, so each mail fails for good (`no-address`) before there "
          + "is one; \(remedy)",
      ])
    options.logins = ["ana", "ghost", "nobody"]
    #expect(Documents.read([("a.yaml", text)], options: options).faults.isEmpty)
  }

  @Test("A name that no login can have is not advised to be made one")
  func neverLogins() {
    var options = CheckOptions()
    options.logins = ["ana"]
    for (name, isRefused) in [("ANA", true), ("root", true), ("a!b", true), ("an.a_2-b", false)] {
      let text = """
        runbook: r
        on_failure: { notify: ["\(name)"], email: { to: "\(name)", template: t } }
        steps: { a: { end: success } }
        """
      let told = Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered).filter {
        $0.contains("login")
      }
      #expect(!told.isEmpty, "\(name)")
      #expect(told.allSatisfy { $0.contains("no login can be named") == isRefused }, "\(told)")
      #expect(told.allSatisfy { $0.contains("chancery user put") != isRefused }, "\(told)")
    }
  }

  @Test("What waits for a later release is a warning that says where it waits")
  func later() {
    for settings in ["ticket_after: 2"] {
      let faults = Self.faults(settings)
      #expect(faults.count == 1 && faults[0].contains("waits in the outbox"), "\(faults)")
    }
  }

  @Test(
    "An address is one dot-atom at one domain",
    arguments: [
      ("a@b", true), ("first.last+tag@mail.example.org", true), ("a@b..c", false), (".a@b", false), ("a@-b", false),
      ("a b@c", false), ("\"a\"@b", false), ("a@[1.2.3.4]", false), ("ä@b", false), ("a@b>", false), ("@b", false),
      ("a@", false), ("a\n@b", false),
    ])
  func addresses(text: String, isAddress: Bool) {
    #expect((MailAddress(text) != nil) == isAddress)
  }
}
