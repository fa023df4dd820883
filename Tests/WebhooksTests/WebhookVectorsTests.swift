import Encodings
import SourceText
import TestSupport
import Testing

@testable import Webhooks

@Suite("Others' webhook vectors")
struct WebhookVectorsTests {
  /// Every field a case may have; an unknown one means that the vectors say something we do not read.
  private static let fields: Set<String> = [
    "id", "provider", "scheme", "recipe", "reason", "expected", "now", "keys", "method", "url", "headers", "body_b64",
    "body_repeat", "config", "replay_id", "oracle", "oracle_verdict", "basis", "checked_with", "note",
  ]

  @Test("Every verdict of the vectors is ours, and every delivery id is found")
  func verdicts() throws {
    let tape = try Vectors.json("webhooks.json")
    let definitions = try Self.definitions(try #require(tape.member(tape.root, "schemes")), in: tape)
    let verifier = Fixture.verifier()
    var judged = 0
    var deliveries = 0
    for node in tape.children(try #require(tape.member(tape.root, "cases"))) {
      let vector = VectorCase(tape: tape, node: node)
      #expect(vector.unknownFields(Self.fields).isEmpty)
      let outcome = try? vector.outcome(verifier, definitions)
      #expect((outcome?.request != nil) == (vector.text("expected") == "accept"), "\(vector.text("id"))")
      judged += 1
      guard let id = vector.member("replay_id").flatMap(tape.string) else { continue }
      #expect(outcome?.request?.deliveryID == Array(id.utf8), "\(vector.text("id"))")
      deliveries += 1
    }
    #expect(judged == 2_733)
    #expect(deliveries == 298)
  }

  @Test("Every verdict is ours with the schemes that come with the program as well, and every delivery id is found")
  func ownSchemes() throws {
    let definitions = SchemeCatalogue.builtIn.definitions
    let verifier = Fixture.verifier()
    var judged = 0
    var deliveries = 0
    for vector in try VectorCase.all() {
      let outcome = try? vector.outcome(verifier, definitions)
      #expect((outcome?.request != nil) == (vector.text("expected") == "accept"), "\(vector.text("id"))")
      judged += 1
      guard let id = vector.member("replay_id").flatMap(vector.tape.string) else { continue }
      #expect(outcome?.request?.deliveryID == Array(id.utf8), "\(vector.text("id"))")
      deliveries += 1
    }
    #expect(judged == 2_733)
    #expect(deliveries == 298)
  }

  @Test("Each scheme of the vectors is one of ours, equal in meaning and in what it warns of")
  func sameMeaning() throws {
    let text = String(decoding: try Vectors.bytes("schemes.yaml"), as: UTF8.self)
    let theirs = try SchemeCatalogue.load(text, file: "schemes.yaml").get()
    for name in theirs.names {
      let their = try #require(theirs.scheme(named: name))
      let our = try #require(SchemeCatalogue.builtIn.scheme(named: name), "\(name)")
      #expect(SchemeWriting.json(our, .meaning) == SchemeWriting.json(their, .meaning), "\(name)")
      #expect(our.warnings == their.warnings, "\(name)")
    }
    #expect(theirs.names.count == 40)
    #expect(Set(SchemeCatalogue.builtIn.names).subtracting(theirs.names) == ["box-secondary"])
  }

  @Test("The vectors' keys are written as our schemes say that the sender writes them")
  func keyEncodings() throws {
    var schemes: Set<String> = []
    for vector in try VectorCase.all() where vector.text("expected") == "accept" {
      let name = vector.text("scheme")
      let encodings = (vector.member("keys").map(vector.tape.children) ?? []).compactMap {
        vector.tape.member($0, "encoding").flatMap(vector.tape.string)
      }
      guard case .scheme(let scheme) = SchemeCatalogue.builtIn[name] else { continue }
      #expect(Set(encodings) == [scheme.keyEncoding?.rawValue ?? ""], "\(name)")
      schemes.insert(name)
    }
    #expect(schemes.count == 39)
  }

  @Test("The whole catalogue of the vectors loads")
  func catalogue() throws {
    let text = String(decoding: try Vectors.bytes("schemes.yaml"), as: UTF8.self)
    let catalogue = try SchemeCatalogue.load(text, file: "schemes.yaml").get()
    #expect(catalogue.names.count == 40)
    func codes(_ name: String) -> [String] { catalogue.scheme(named: name)?.warnings.map(\.code) ?? ["missing"] }
    for clean in [
      "github", "stripe", "slack", "standard-webhooks", "halo", "sendgrid", "box-primary", "linear", "aws-sns-v2",
    ] {
      #expect(codes(clean).isEmpty, "\(clean)")
    }
    #expect(codes("intercom") == ["webhook.sha1"])
    #expect(codes("gitlab-token") == ["webhook.static-token"])
    #expect(codes("mailgun") == ["webhook.body-not-signed"])
    #expect(codes("paypal") == ["webhook.body-bound-by-checksum"])
    #expect(codes("zendesk") == [])
    #expect(codes("square") == ["webhook.touching-parts"])
    #expect(codes("twilio-form") == ["webhook.touching-parts", "webhook.recuttable-form", "webhook.sha1"])
  }

  @Test("A right signature under one certificate does not stand for a request that names another")
  func certificateOfAnotherAddress() throws {
    let tape = try Vectors.json("webhooks.json")
    let definitions = try Self.definitions(try #require(tape.member(tape.root, "schemes")), in: tape)
    let cases = tape.children(try #require(tape.member(tape.root, "cases"))).map { VectorCase(tape: tape, node: $0) }
    let paypal = cases.filter { $0.text("scheme") == "paypal" }
    let right = try #require(paypal.first { $0.text("expected") == "accept" })
    let forged = try #require(paypal.first { $0.text("reason") == "certificate url: plain http" })
    let scheme = try right.scheme(definitions)
    let named = "https://api.paypal.com/v1/notifications/certs/CERT-00"
    let own = try right.keys(scheme)
    let other = try EndpointKey(
      text: Fixture.guarded(try #require(forged.certificates.last)), encoding: .x509PEM, named: "other", for: scheme,
      url: named)
    let keys = try EndpointKeys(own.keys + [other])
    let (endpoint, request, now) = try right.parts(scheme)
    #expect(Fixture.verify(request, endpoint, keys, now: now).request != nil)
    let renamed = request.headers.map { header in
      header.name.lowercased() == "paypal-cert-url" ? RequestHeader(header.name, named) : header
    }
    #expect(Fixture.verify(request.with(headers: renamed), endpoint, keys, now: now).refusal == .credentialWrong)
  }

  private static func definitions(_ node: JSONTape.Node, in tape: JSONTape) throws -> [String: SchemeDefinition] {
    var result: [String: SchemeDefinition] = [:]
    for scheme in tape.children(node) {
      let name = try #require(tape.key(scheme))
      let source = try SourceTape.parse(Array(tape.text(scheme)), file: "scheme.json").get()
      result[name] = try SchemeCatalogue.definition(named: name, try #require(source.first))
    }
    return result
  }
}
