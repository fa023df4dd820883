import Encodings
import SourceText
import Testing
import Webhooks

@testable import Runbooks

@Suite("Signature schemes as documents")
struct SchemeDocumentTests {
  private static let acme = """
    scheme: acme
    notes: ours
    definition:
      about: { title: Acme }
      signature: { in: header, name: X-Acme, encoding: hex }
      algorithm: hmac-sha256
      key: { encoding: hex }
      values: { t: { in: header, name: X-Acme-Time } }
      message: "{t}.{body}"
      timestamp: { value: t, format: unix, past: 300, future: 300 }

    """

  private func faults(_ text: String, options: CheckOptions = CheckOptions()) -> [String] {
    Documents.read([("a.yaml", text)], options: options).faults.map(\.rendered)
  }

  @Test("A scheme is read with its name, and says only what it leaves open for remembering")
  func read() throws {
    let read = Documents.read(Self.acme)
    let document = try #require(read.schemes.first?.document)
    #expect(document.id == "acme")
    #expect(document.notes == "ours")
    #expect(document.scheme?.algorithm == .hmacSHA256)
    #expect(document.unconfirmed.isEmpty)
    #expect(read.faults.map(\.code) == [.schemeRemark])
    #expect(read.faults.allSatisfy { $0.code.isAdvice })
    #expect(read.runbooks.isEmpty)
  }

  @Test(
    "Each weakness is warned about with a sentence, until its code is accepted",
    arguments: [
      ("webhook.static-token", "X-Acme, encoding: hex", "X-Acme, encoding: text", "hmac-sha256", "token"),
      ("webhook.sha1", "past: 300", "past: 300", "hmac-sha256", "hmac-sha1"),
      ("webhook.body-not-signed", ".{body}", "", "a", "a"),
      ("webhook.touching-parts", "{t}.", "{t}{rid}", "{ t:", "{ rid: { in: header, name: X-Id }, t:"),
      ("webhook.timestamp-not-signed", "{t}.", "", "a", "a"),
      ("webhook.recuttable-form", "{t}.{body}", "{t}.{form-sorted(body)}", "a", "a"),
      ("webhook.body-bound-by-checksum", "{body}", "{crc32(body)}", "a", "a"),
    ])
  func warnings(code: String, from: String, to: String, other: String, new: String) throws {
    var text = Self.acme.replacing(from, with: to).replacing(other, with: other == new ? other : new)
    if code == "webhook.static-token" {
      for line in ["  values: { t: { in: header, name: X-Acme-Time } }\n", "  message: \"{t}.{body}\"\n"] {
        text = text.replacing(line, with: "")
      }
      text = text.split(separator: "\n").filter { !$0.contains("timestamp:") }.joined(separator: "\n") + "\n"
    }
    let read = Documents.read(text)
    let document = try #require(read.schemes.first?.document, "\(read.faults.map(\.rendered))")
    #expect(document.unconfirmed.map(\.code) == [code])
    let found = read.faults.filter { $0.code == .schemeWarning }
    #expect(found.count == 1)
    #expect(found.first?.remedy?.contains(code) == true)
    let accepted = Documents.read(text + "accept_warnings: [\(code)]\n")
    #expect(accepted.schemes.first?.document.unconfirmed.isEmpty == true)
    #expect(accepted.faults.filter { $0.code == .schemeWarning }.map(\.remedy) == [nil])
  }

  @Test(
    "What is wrong is named, with its place",
    arguments: [
      ("hmac-sha256", "md5", FaultCode.badScheme, 6), ("scheme: acme", "scheme: Acme", .badName, 1),
      ("notes: ours", "accept_warnings: [webhook.sha2]", .badValue, 2),
      ("notes: ours", "note: ours", .unknownKey, 2), ("notes: ours", "notes: 1", .wrongType, 2),
      ("{t}.", "{u}.", .badScheme, 3), ("notes: ours", "replaces_built_in: maybe", .wrongType, 2),
    ])
  func faultsInOnePlace(from: String, to: String, code: FaultCode, line: Int) {
    let read = Documents.read(Self.acme.replacing(from, with: to))
    let errors = read.faults.filter { $0.severity == .error }
    #expect(errors.map(\.code) == [code], "\(errors.map(\.rendered))")
    #expect(errors.first.map { $0.place.line >= line && $0.place.line <= line + 2 } == true)
  }

  @Test("A built-in scheme is replaced only by a scheme that says so")
  func shadowing() {
    let github = Self.acme.replacing("scheme: acme", with: "scheme: github")
    #expect(faults(github).contains { $0.contains("comes with the program already") })
    #expect(!faults(github + "replaces_built_in: true\n").contains { $0.contains("error:") })
    #expect(faults(Self.acme + "replaces_built_in: true\n").contains { $0.contains("to replace") })
  }

  @Test("Two schemes of one name are an error, and a runbook may use a scheme of the same files")
  func together() {
    #expect(faults(Self.acme + "---\n" + Self.acme).contains { $0.contains("taken already") })
    let runbook = """
      runbook: r
      start: { public: { auth: signature, scheme: acme } }
      steps: { a: { end: success } }
      """
    let options = CheckOptions(schemes: ["github"])
    #expect(faults(runbook, options: options).contains { $0.contains("there is no signature scheme") })
    #expect(!faults(Self.acme + "---\n" + runbook, options: options).contains { $0.contains("error:") })
  }

  @Test("An endpoint that uses a scheme with an unconfirmed warning is told so")
  func unconfirmed() {
    let runbook = "runbook: r\nstart: { public: { auth: signature, scheme: acme } }\nsteps: { a: { end: success } }"
    let weak = Self.acme.replacing(".{body}", with: "")
    let options = CheckOptions(schemes: ["github"])
    let found = faults(weak + "---\n" + runbook, options: options)
    #expect(found.contains { $0.contains("the endpoint refuses everything") })
    let accepted = faults(
      weak + "accept_warnings: [webhook.body-not-signed]\n---\n" + runbook, options: options)
    #expect(!accepted.contains { $0.contains("the endpoint refuses everything") })
  }

  @Test("The keys for editors are those that the reader of schemes takes")
  func keys() throws {
    func names(_ object: NativeObject) -> String { object.keys.map(\.name).joined(separator: ", ") }
    let parts: [(NativeObject, String)] = [
      (.schemeDefinition, "definition: { KEY: {} }"), (.schemeSignature, "definition: { signature: { KEY: {} } }"),
      (
        .schemeAbout,
        "definition: { signature: {in: header, name: A, encoding: hex}, algorithm: hmac-sha1, about: { KEY: {} } }"
      ),
      (.schemeRecipe, "definition: { recipe: { KEY: {} } }"),
    ]
    for (object, text) in parts {
      for key in object.keys {
        let found = faults("scheme: a\n" + text.replacing("KEY", with: key.name))
        #expect(
          !found.contains { $0.contains("is not part of the scheme language") }, "\(object) \(key.name): \(found)")
      }
      let found = faults("scheme: a\n" + text.replacing("KEY", with: "no-such-key"))
      #expect(found.contains { $0.contains("is not part of the scheme language") }, "\(object)")
    }
  }
}
