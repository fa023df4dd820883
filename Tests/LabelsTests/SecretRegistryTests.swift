import Encodings
import Redaction
import Testing

@testable import Labels

@Suite("SecretRegistry and ReflectionCheck")
struct SecretRegistryTests {
  @Test("A response that contains a known secret in any form is labelled as derived from it, exactly there")
  func reflected() {
    let view = Samples.view(Samples.text(Samples.secret, Samples.stored))
    let encoded = Base64.encode(Array(Samples.secret.utf8))
    let response = Samples.text("{\"echo\":\"\(encoded)\",\"other\":1}", Samples.trigger)
    let marked = ReflectionCheck.mark(response, view: view)
    #expect(marked.label == Samples.stored.joined(with: Samples.trigger))
    let covered = Samples.labels(marked).indices.filter { Samples.labels(marked)[$0].isSecret }
    let start = "{\"echo\":\"".utf8.count
    #expect(covered.first.map { $0 >= start } ?? false)
    #expect(covered.last.map { $0 < start + encoded.utf8.count } ?? false)
  }

  @Test("An error text that quotes a secret is labelled")
  func errorText() {
    let view = Samples.view(Samples.text(Samples.secret, Samples.stored))
    let marked = ReflectionCheck.mark(errorText: "cannot resolve \(Samples.secret).example.com", view: view)
    #expect(marked.label == Samples.stored)
    #expect(ReflectionCheck.mark(errorText: "timeout", view: view).label == .clear)
  }

  @Test("Every leaf of a wholly encrypted body is known, and its keys are not")
  func leaves() throws {
    let body = try Samples.json(
      "{\"customer_reference\":\"Kq82-zzX1-77Lp\",\"list\":[{\"n\":7731904412085533}]}", Samples.response)
    let view = Samples.view(body)
    for leaf in ["Kq82-zzX1-77Lp", "7731904412085533"] {
      #expect(ReflectionCheck.mark(errorText: "got \(leaf)!", view: view).label == Samples.response)
    }
    #expect(ReflectionCheck.mark(errorText: "no customer_reference", view: view).label == .clear)
  }

  @Test("Labelled parts of a text are known, its clear parts are not")
  func spans() {
    let text = Samples.pieces([("Bearer-Token-Prefix ", .clear), (Samples.secret, Samples.stored)])
    let view = Samples.view(text)
    #expect(ReflectionCheck.mark(errorText: Samples.secret, view: view).label == Samples.stored)
    #expect(ReflectionCheck.mark(errorText: "Bearer-Token-Prefix", view: view).label == .clear)
  }

  @Test("Each long line of a key with several lines is known by itself")
  func lines() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    let key = "-----BEGIN X-----\n\(line)\r\nq8Zr1T0vNfKx82LmPqW5yB7dC3hJ9sUa\n-----END X-----\n"
    let view = Samples.view(Samples.text(key, Samples.stored))
    #expect(ReflectionCheck.mark(errorText: "line: \(line)", view: view).label == Samples.stored)
  }

  @Test("A secret that is too short for the net is named with the reason, and labels still cover it")
  func short() {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(Samples.text("abc", Samples.stored))
    _ = registry.view()
    #expect(registry.refusals.count == 1)
    let shown = DiscloseDoor.viewerText(Samples.text("abc", Samples.stored), view: registry.view())
    #expect(!shown.text.contains("abc"))
  }

  @Test("What is learned later is found by the next view")
  func learnedLater() {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    let text = Samples.text("has \(Samples.secret)")
    #expect(ReflectionCheck.mark(text, view: registry.view()).label == .clear)
    registry.learn(Samples.text(Samples.secret, Samples.stored))
    #expect(ReflectionCheck.mark(text, view: registry.view()).label == Samples.stored)
    let count = registry.count
    registry.learn(Samples.text(Samples.secret, Samples.stored))
    #expect(registry.count == count)
  }

  @Test("A value that is known from two places brings both labels")
  func twoOrigins() {
    let view = Samples.view(
      Samples.text(Samples.secret, Samples.stored), Samples.text(Samples.secret, Samples.variable))
    let marked = ReflectionCheck.mark(errorText: "got \(Samples.secret)", view: view)
    #expect(marked.label == Samples.stored.joined(with: Samples.variable))
  }

  @Test("Beyond the most secrets that can be looked for, the net says that it is not whole")
  func tooMany() throws {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    let leaves = (0...SecretRegistry.maximumSecrets).map(String.init).joined(separator: ",")
    registry.learn(try Samples.json("[\(leaves)]", Samples.response))
    #expect(registry.count == SecretRegistry.maximumSecrets)
    #expect(!registry.view().isComplete)
  }

  @Test("A clear value is never learned")
  func clear() {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(Samples.text("something long and plain", Samples.trigger))
    #expect(registry.count == 0)
  }

  @Test("A mask's four characters follow from the handle: version, run and origin, never the content")
  func pseudonyms() {
    func name(_ run: String, _ origin: Origin) -> String {
      Pseudonyms(run: run) { Hex.encode($0).fourCharacters }.name(of: [origin]).pseudonym
    }
    let one = Samples.pseudonyms.name(of: [.secret(path: "kv/x", version: 1)])
    let two = Samples.pseudonyms.name(of: [.secret(path: "kv/x", version: 2)])
    #expect(one.text == "x" && two.text == "x" && one.pseudonym != two.pseudonym)
    #expect(name("r1", .variable(name: "v")) != name("r2", .variable(name: "v")))
    #expect(name("r1", .secret(path: "kv/x", version: 1)) == name("r2", .secret(path: "kv/x", version: 1)))
    #expect(Samples.pseudonyms.name(of: [.trigger, .variable(name: "v")]).text == "request.v")
  }
}

extension String {
  /// Four characters that differ where the text does, without a hash.
  fileprivate var fourCharacters: String {
    let sum = utf8.reduce(into: UInt32(7)) { $0 = $0 &* 31 &+ UInt32($1) }
    return String(String(sum, radix: 36).suffix(4))
  }
}

@Suite("Disclosed")
struct DisclosedTests {
  @Test("A public name is bounded and cannot begin a line of its own")
  func publicName() {
    #expect(PublicName(documentName: "a\nb\u{85}c\u{2028}d").text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d")
    #expect(PublicName(documentName: String(repeating: "é", count: 600)).text.utf8.count == PublicName.maximumBytes)
  }

  @Test("What is public by its type can be shown without the door")
  func facts() {
    let text = Disclosed(
      joining: [
        Disclosed(fact: "n"), Disclosed(number: 7), Disclosed(PublicName(documentName: "step")), Disclosed(Samples.now),
        Disclosed(Samples.host("a.example")), Disclosed(ValueID(raw: 3)), Disclosed(Origin.trigger),
        Disclosed(ValueFault.notJSON), Disclosed(DoorRefusal.otherPermit),
      ], separator: "|")
    #expect(text.text.split(separator: "|").count == 9)
    #expect((Disclosed(fact: "a") + Disclosed(number: 1)).description == "a1")
  }

  @Test(
    "Every fault and refusal has a sentence",
    arguments: [
      ValueFault.pathSyntax(offset: 1), .pathMissing(path: "p", available: nil), .pathMissing(path: "p", available: []),
      .pathMissing(path: "p", available: ["q"]), .pathAmbiguous(path: "p"), .notJSON, .notUTF8,
      .tooMuchJSON(.bytes(limit: 1)), .tooMuchJSON(.values(limit: 1)), .tooMuchJSON(.levels(limit: 1)),
      .brokenJSON(what: "1:1: w"), .brokenJSON(what: nil), .textInPath(path: "p^a"), .notIterable(name: "n"),
      .brokenXML(what: "1:1: w"), .brokenXML(what: nil), .tooMuchXML(.bytes(limit: 1)), .tooMuchXML(.nodes(limit: 1)),
      .tooMuchXML(.levels(limit: 1)), .tooMuchXML(.name(limit: 1)),
      .notConvertible(to: .integer), .variableNotConvertible(name: "n", source: "request^n", to: .integer),
      .variableNotConvertible(name: "n", source: nil, to: .integer), .notAnArray(name: "n"),
      .variableTooLarge(name: "n", limit: "64 levels"), .rowNotConvertible(row: "row 1", side: "`n`", to: .decimal),
      .notOneScalar(name: "n"), .headerControlByte(name: "n"), .notOnePathSegment(name: "n"), .notXMLText(name: "n"),
      .badKey(name: "n"), .badTemplate, .notMapped, .comparisonNotAllowed(origin: .trigger),
      .declassificationLimit(origin: .trigger), .outOfRange, .tooLarge(limit: 1), .tooManyValues(limit: 1), .damaged,
    ])
  func faults(fault: ValueFault) {
    #expect(!fault.message.isEmpty && !fault.message.hasSuffix("."))
    #expect(DoorRefusal.value(fault).message == fault.message)
  }

  @Test(
    "Every refusal of a door names what it is about",
    arguments: [
      DoorRefusal.notGranted(origins: [.secret(path: "kv/x", version: 1)], host: Samples.host("a.example")),
      .otherDestination, .url(.empty), .urlChanged(kind: .query, name: "n"), .otherPlace(kind: .form, name: "n"),
      .duplicateName(kind: .header, name: "n"), .headerNotAllowed(name: "n"), .cannotOpen(.sealed), .otherPermit,
    ])
  func refusals(refusal: DoorRefusal) {
    #expect(!refusal.message.isEmpty)
  }
}
