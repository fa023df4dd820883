import Encodings
import MessageSignatures
import TestSupport
import Testing

@testable import Runbooks

@Suite("HTTP message signatures in documents")
struct MessageSignatureDocumentTests {
  private static func document(_ settings: String) -> String {
    """
    runbook: r
    start:
      public:
        auth: http_signature
        http_signature:
    \(settings.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
    """
  }

  private static let keys = """
    keys:
      - name: partner
        keyid: k1
        algorithm: ed25519
        key: {secret: kv/hooks#partner}
    """

  private static func read(_ settings: String) -> (settings: MessageSignatureSettings?, faults: [DocumentFault]) {
    let read = Documents.read(document(settings))
    guard case .messageSignature(let found)? = read.runbooks.first?.document.start.publicStart?.authentication else {
      return (nil, read.faults)
    }
    return (found, read.faults)
  }

  @Test("Left out, everything has the safe default")
  func defaults() throws {
    let (settings, faults) = Self.read(Self.keys)
    #expect(faults.filter { $0.severity == .error }.isEmpty)
    let found = try #require(settings)
    #expect(found.requiredComponents == ["@method", "@target-uri", "content-digest"])
    #expect(found.keys.map(\.keyID) == ["k1"])
    #expect(found.keys.first?.encoding == .ed25519Base64)
    let policy = try found.policy()
    #expect(policy.bindsBody && policy.bindsMethod && policy.bindsTarget)
    #expect(policy.maximumAgeSeconds == 300)
    #expect(policy.maximumFutureSeconds == 30)
  }

  @Test("What could not be used, or not be told apart, is an error where it stands")
  func errors() {
    let second = "  - { name: other, keyid: k2, algorithm: hmac-sha256, key: { secret: kv/hooks#o } }"
    let cases: [(String, String)] = [
      ("label: Sig1\n\(Self.keys)", "a label is lower-case"), ("max_age: 200h\n\(Self.keys)", "at most 7 days"),
      ("max_age: 1500ms\n\(Self.keys)", "whole seconds"),
      ("required_components: [Date]\n\(Self.keys)", "a component is written as"),
      ("required_components: ['@status']\n\(Self.keys)", "no such component"),
      ("required_components: [date, date]\n\(Self.keys)", "required twice"),
      ("label: a", "`keys` is missing"), ("keys: []", "must be a list"),
      (Self.keys.replacing("ed25519", with: "rot13"), "`algorithm` must be"),
      (Self.keys.replacing("    key:", with: "    encoding: hex\n    key:"), "cannot be used with ed25519"),
      ("\(Self.keys)\n\(second.replacing("k2", with: "k1"))", "same keyid"),
      ("\(Self.keys)\n\(second.replacing("other", with: "partner"))", "two keys have the name"),
      ("nonce: maybe\n\(Self.keys)", "`nonce`"),
    ]
    for (text, sentence) in cases {
      let errors = Self.read(text).faults.filter { $0.severity == .error }.map(\.rendered)
      #expect(errors.contains { $0.contains(sentence) }, "\(text): \(errors)")
    }
    #expect(Self.read("\(Self.keys)\n\(second)").faults.filter { $0.severity == .error }.isEmpty)
  }

  @Test("Times that are not whole seconds are answered with one sentence, whichever they are")
  func times() {
    for (key, text) in [("max_age", "500ms"), ("max_age", "200h"), ("max_age", "soon"), ("max_future", "0s")] {
      let errors = Self.read("\(key): \(text)\n\(Self.keys)").faults.filter { $0.severity == .error }
      #expect(
        errors.map(\.message) == [
          "`\(key)` must be whole seconds such as 30s or 5m, at least 1s and at most 7 days"
        ], "\(key): \(text)")
    }
  }

  @Test("Where deliveries of one second look alike the second would be lost: an error, unless repetitions start runs")
  func lostDeliveries() {
    func faults(_ settings: String, replay: String = "on") -> [DocumentFault] {
      let text = Self.document("\(settings)\n\(Self.keys)").replacing(
        "auth: http_signature\n", with: "auth: http_signature\n    replay: \(replay)\n")
      return Documents.read(text).faults.filter { $0.code == .deliveriesLost }
    }
    for components in ["'@method', '@target-uri'", "'@method', '@target-uri', date, content-type", "'@query'"] {
      let found = faults("required_components: [\(components)]")
      #expect(found.map(\.severity) == [.error], "\(components)")
      for words in ["LOST", "content-digest", "nonce: true", "replay: off"] {
        #expect(found.first?.rendered.contains(words) == true, "\(found.map(\.rendered))")
      }
      #expect(faults("required_components: [\(components)]", replay: "off").isEmpty)
      #expect(faults("nonce: true\nrequired_components: [\(components)]").isEmpty)
    }
    for own in ["x-delivery-id", #"'"@query-param";name="id"'"#] {
      let found = faults("required_components: ['@method', '@target-uri', \(own)]")
      #expect(found.map(\.severity) == [.warning])
      #expect(found.first?.message.contains("LOST") == true)
    }
    #expect(faults("max_age: 1m").isEmpty)
  }

  @Test("A policy that leaves the body, the method or the address open is warned about")
  func warnings() {
    let open = Self.read("required_components: ['@authority']\n\(Self.keys)").faults.map(\.rendered)
    for sentence in ["the body is not signed", "the method is not signed", "the address is not signed"] {
      #expect(open.contains { $0.contains(sentence) })
    }
    #expect(!Self.read(Self.keys).faults.contains { $0.code == .schemeWarning })
  }
}
