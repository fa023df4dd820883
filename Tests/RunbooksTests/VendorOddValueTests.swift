import SourceText
import TestSupport
import Testing

@testable import Runbooks

/// What nobody writes on purpose, under every key of the vendor's documents, alone and together: it is refused with a
/// place, or saved so that it can be read again and written back as it came.
@Suite("Odd values in the vendor's documents")
struct VendorOddValueTests {
  private typealias Slot = VendorKeyDocuments.Slot
  private typealias Odd = (slot: Slot, key: String, json: String)

  private static let odd: [String] = [
    "null", #""""#, "0", "-1", "1", "2", "7", "1.5", "1000000000000000000000000000000", "true", "false", #""x""#,
    #""5""#, #""true""#, #"" a ""#, #""a\nb""#, #""a\u0000b""#, #""\u202e""#, #""é""#, #""<<""#, #""<<v>>""#,
    #""<<v>> and <<list>>""#, #""a\"b\\c""#, #""response^a""#, #""ticket""#, #""status""#, #""X A""#, #""Host""#, "[]",
    "[[]]", "{}", "[null, {}]", #"[{"key": "a"}]"#, #"{"a": {"b": [1]}}"#, #"[1, "x"]"#, #""[1, 2]""#,
    #"[{"key": "a", "value": "b"}, {"key": "a", "value": "c"}]"#, #""{\"a\": 1, \"a\": 2}""#,
    "\"" + String(repeating: "long ", count: 600) + "\"",
  ]

  /// Tables in which a row is doubled.
  private static let doubled: [Odd] = {
    var all: [Odd] = []
    for slot in [Slot.methodStep, .beginStep, .sqlStep] {
      for key in ["output_variables", "runbook_variable_mappings"] {
        all.append((slot, key, #"[{"key": "a", "value": "response^x"}, {"key": "a", "value": "response^y"}]"#))
        all.append((slot, key, #"[{"key": "o", "value": "response^x"}, {"key": "o", "value": "response^x"}]"#))
        all.append((slot, key, #"[{"key": "status", "value": "response^x"}, {"key": "b", "value": true}]"#))
      }
    }
    return all
  }()

  /// Rows that no place takes, and lists of edges that a step cannot have.
  private static let others: [Odd] = [
    (.startStep, "runbook_variable_mappings", #"[{"key": "a", "value": "<<v>>"}, {"key": "a", "value": "<<list>>"}]"#),
    (.startStep, "runbook_variable_mappings", #"[{"key": "a", "value": "<<v>>", "addtoarray": true}]"#),
    (.startStep, "runbook_variable_mappings", #"[{"key": "a", "value": "Open"}, {"key": "b", "value": "5"}]"#),
    (.stepOutput, "object_mapping", #"[{"key": "k", "value": "response^a"}, {"key": "k", "value": "response^b"}]"#),
    (.method, "output_variables", #"[{"key": "a", "value": "response^x"}, {"key": "a", "value": "response^y"}]"#),
    (.header, "value", #""a\nb""#),
    (.method, "uri_params", #"[{"key": "a\nb", "value": "c"}]"#),
    (.sleepStep, "actions", edges(4, (5, 1), (9, 2))),
    (.startStep, "actions", edges(7, (9, 1))),
    (.startStep, "actions", edges(7, (9, 1), (9, 2))),
    (.nextStep, "actions", edges(6, (7, 1), (5, 2))),
    (.nextStep, "actions", edges(6, (7, 1), (9, 2))),
    (.nextStep, "actions", edges(6, (7, 1))),
    (.beginStep, "message", #""[\"a\", \"b\"]""#),
    (.beginStep, "iteration_type", "7"),
  ]

  private static let odder: [Odd] = doubled + others

  private static func edges(_ from: Int, _ ways: (to: Int, seq: Int)...) -> String {
    "[" + ways.map { VendorDocuments.edge(from, $0.to, seq: $0.seq) }.joined(separator: ", ") + "]"
  }

  private static let open: [(key: String, json: String)] = [
    ("runbook_start_type", "1"), ("inbound_authentication_type", "0"),
  ]

  @Test("Doubled rows, edges that a step cannot have and values that no place takes come back as they came")
  func odder() {
    for (slot, key, json) in Self.odder {
      var documents = VendorKeyDocuments()
      documents.set(key, json, in: slot)
      check(documents, "\(slot) \(key) \(json)", isRefused: false)
    }
  }

  @Test("Headers of a time and of signatures that nobody can send leave the documents readable and inactive")
  func headers() throws {
    for name in ["X A", "X: A", "Host"] {
      var documents = VendorKeyDocuments()
      for (key, json) in Self.open { documents.set(key, json, in: .runbook) }
      documents.set("timestamp_verification_header", "\"\(name)\"", in: .runbook)
      let read = check(documents, name, isRefused: false)
      #expect(read.runbooks.first { $0.isImported }?.document.inactiveReasons.count == 1, "\(name)")
    }
    for (key, json) in [
      ("headers_to_sign", #"[{"key": "X-A"}, {"key": "x-a"}]"#), ("headers_to_sign", #"["X-Sig"]"#),
      ("headerprefix", #""a\nb""#), ("signature_prefix", #""a\nb""#), ("timestamp_verification_header", #""x-sig""#),
    ] {
      var documents = VendorKeyDocuments()
      for (other, value) in [("authorizationtype", "6"), ("headername", #""X-Sig""#), ("algorithm", #""sha256""#)] {
        documents.set(other, value, in: .integration)
      }
      documents.set(key, json, in: .integration)
      let read = check(documents, "\(key) \(json)", isRefused: false)
      let method = read.integrations.first { $0.isImported }?.document.methods.first
      #expect(method?.inactiveReasons.count == 1, "\(key) \(json): \(method?.inactiveReasons ?? [])")
    }
  }

  @Test("An odd value under a key is refused with its place, or can be read again and comes back", arguments: 0..<8)
  func alone(_ part: Int) {
    var random = SeededRandom(seed: UInt64(part))
    for (index, row) in VendorKeyTests.rows.enumerated() where index % 8 == part {
      for _ in 0..<4 {
        guard let json = random.element(of: Self.odd) else { continue }
        var documents = VendorKeyDocuments()
        for (key, beside) in row.beside.sorted(by: { $0.key < $1.key }) { documents.set(key, beside, in: row.slot) }
        documents.set(row.key, json, in: row.slot)
        check(documents, "seed \(part): \(row.slot) \(row.key) \(json)")
      }
    }
  }

  @Test("Odd values under several keys at once are refused with a place, or can be read again", arguments: 0..<16)
  func together(_ seed: Int) {
    var random = SeededRandom(seed: 1_000 + UInt64(seed))
    for _ in 0..<24 {
      var documents = VendorKeyDocuments()
      var label: [String] = ["seed \(1_000 + seed)"]
      for _ in 0..<random.number(in: 2...4) {
        guard let row = random.element(of: VendorKeyTests.rows), let json = random.element(of: Self.odd),
          let odder = random.element(of: Self.odder)
        else { continue }
        let one: Odd = random.oneIn(3) ? odder : (slot: row.slot, key: row.key, json: json)
        documents.set(one.key, one.json, in: one.slot)
        label.append("\(one.slot) \(one.key) \(one.json)")
      }
      check(documents, label.joined(separator: "; "))
    }
  }

  /// - Parameter isRefused: whether it has to be; nil: it may be. What must not be comes back exactly.
  @discardableResult
  private func check(_ documents: VendorKeyDocuments, _ label: String, isRefused: Bool? = nil) -> ReadDocuments {
    let read = documents.read()
    let refusals = read.faults.filter { $0.severity == .error }
    // Those are gaps of the import that the last check closes.
    let gaps = refusals.filter { $0.message.contains("could not be read again") }
    #expect(gaps.isEmpty, "\(label): \(gaps.map(\.rendered))")
    if let isRefused { #expect(refusals.isEmpty != isRefused, "\(label): \(refusals.map(\.rendered))") }
    guard refusals.isEmpty else { return read }
    for document in read.runbooks.map(\.document) {
      #expect(RunbookDocument(canonicalJSON: document.canonicalJSON) == document, "\(label)")
    }
    for document in read.integrations.map(\.document) {
      #expect(IntegrationDocument(canonicalJSON: document.canonicalJSON) == document, "\(label)")
    }
    let integrations = read.integrations.filter(\.isImported).map(\.document)
    guard let runbook = read.runbooks.first(where: \.isImported)?.document, let integration = integrations.first else {
      return read
    }
    let texts = [
      VendorExport.runbook(runbook, integrations: integrations).json, VendorExport.integration(integration).json,
    ].map { String(decoding: $0, as: UTF8.self) }
    let again = VendorKeyDocuments.read(runbook: texts[0], integration: texts[1])
    #expect(!again.faults.hasErrors, "\(label): \(again.faults.map(\.rendered))")
    let secondRunbook = again.runbooks.first(where: \.isImported)?.document
    let secondIntegration = again.integrations.first(where: \.isImported)
    if isRefused == false {
      #expect(secondRunbook == runbook, "\(label)")
      #expect(secondIntegration?.document == integration, "\(label)")
    }
    // What was null may come back as what it is read as: the same is done all the same.
    let before = [runbook.canonicalJSON, integration.canonicalJSON].map(SourceNode.withoutExtras)
    let after = [secondRunbook?.canonicalJSON ?? [], secondIntegration?.document.canonicalJSON ?? []]
    #expect(after.map(SourceNode.withoutExtras) == before, "\(label)")
    return read
  }
}
