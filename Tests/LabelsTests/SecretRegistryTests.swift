import Encodings
import Redaction
import TestSupport
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
    let leaves = (0...SecretRegistry.maximumSecrets).map { "\"Kx92vQ71-\($0)\"" }.joined(separator: ",")
    registry.learn(try Samples.json("[\(leaves)]", Samples.response))
    #expect(registry.count == SecretRegistry.maximumSecrets)
    #expect(!registry.view().isComplete)
  }

  @Test("What was prepared for the search stays so: a new secret is prepared with few others")
  func layers() throws {
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    for index in 0..<100 { registry.learn(Samples.text("\(Samples.secret)-\(index)", Samples.stored)) }
    _ = registry.view()
    let first = try #require(registry.layers.first).matcher
    // Another label for what is known already, and nothing new: nothing is prepared, and the label counts.
    let narrow = Samples.stored.restricted(to: Samples.hosts("a.example.com"))
    registry.learn(Samples.text("\(Samples.secret)-0", narrow))
    let marked = ReflectionCheck.mark(errorText: "\(Samples.secret)-0", view: registry.view())
    #expect(marked.label == Samples.stored.joined(with: narrow))
    #expect(registry.layers.count == 1 && registry.layers.first?.matcher === first)
    for index in 100..<150 {
      registry.learn(Samples.text("\(Samples.secret)-\(index)", Samples.stored))
      let view = registry.view()
      for known in [0, 99, 100, index] {
        #expect(ReflectionCheck.mark(errorText: "\(Samples.secret)-\(known)", view: view).label.isSecret)
      }
      #expect(registry.layers.first?.matcher === first)
      #expect(registry.layers.count <= 4)
    }
    for index in 150..<300 { registry.learn(Samples.text("\(Samples.secret)-\(index)", Samples.stored)) }
    _ = registry.view()
    #expect(registry.layers.map(\.range) == [0..<300])
  }

  @Test("Secrets that are learned in random portions are found where one net over all finds them")
  func portions() throws {
    for seed in 0..<20 {
      var random = SeededRandom(seed: UInt64(seed))
      var portions = SecretRegistry(pseudonyms: Samples.pseudonyms)
      var whole = SecretRegistry(pseudonyms: Samples.pseudonyms)
      var secrets: [String] = []
      for index in 0..<random.number(in: 2...40) {
        let secret = String(Hex.encode(random.bytes(random.number(in: 4...16))))
        secrets.append(secret)
        let origin = Origin.secret(path: "kv/s\(index % 5)", version: 1)
        let text = Samples.text(secret, Label(origin: origin, rule: .masked, hosts: .any))
        portions.learn(text)
        whole.learn(text)
        if random.oneIn(3) { _ = portions.view() }
      }
      for _ in 0..<20 {
        let first = random.element(of: secrets) ?? ""
        let second = random.element(of: secrets) ?? ""
        let cut = String(second.prefix(random.number(in: 0...second.count)))
        let text = Samples.text("a \(first)\(cut)-\(Base64.encode(Array(second.utf8))) \(cut)")
        let (many, one) = (portions.view(), whole.view())
        let marked = ReflectionCheck.mark(text, view: many)
        #expect(Samples.labels(marked) == Samples.labels(ReflectionCheck.mark(text, view: one)), "seed \(seed)")
        let shown = DiscloseDoor.viewerText(text, view: many)
        #expect(shown == DiscloseDoor.viewerText(text, view: one), "seed \(seed)")
      }
    }
  }

  @Test("A value that was entered with the scheme of an Authorization header is known without it")
  func scheme() {
    let view = Samples.view(
      Samples.text("Bearer \(Samples.secret)", Samples.stored),
      Samples.text("please wait-for-the-9th-Kx92", Samples.variable))
    #expect(ReflectionCheck.mark(errorText: "you are \(Samples.secret)!", view: view).label == Samples.stored)
    #expect(ReflectionCheck.mark(errorText: "wait-for-the-9th-Kx92", view: view).label == .clear)
  }

  @Test("A word that a secret only chose is hidden where it stands, and looked for nowhere else")
  func chosenWords() throws {
    let secret = LabeledText(text: Array("4711".utf8), label: Samples.response)
    let mapped = Transforms.mapped(secret, by: [("4711", "the-right-guess-was-made")])
    #expect(mapped.label.isSecret)
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(mapped)
    registry.learn(try Transforms.object([("a", mapped)]))
    #expect(registry.count == 0)
    let elsewhere = LabeledText(clear: "the-right-guess-was-made and the-wrong-guess-was-made")
    #expect(DiscloseDoor.viewerText(elsewhere, view: registry.view()).text.hasPrefix("the-right-guess"))
    #expect(!DiscloseDoor.viewerText(mapped, view: registry.view()).text.contains("guess"))
    // Nor does an encrypted variable around it make it known: whole, in an object, beside other text.
    let beside = Samples.pieces([("!", .clear), ("the-right-guess", mapped.label)])
    for covered in [mapped, try Transforms.object([("a", mapped)]), beside] {
      registry.learn(covered.labeled(also: Samples.variable))
      #expect(DiscloseDoor.viewerText(elsewhere, view: registry.view()).text.hasPrefix("the-right-guess"))
    }
  }

  @Test("What holds something secret is known, whatever else chose it")
  func chosenSecrets() throws {
    let token = "Kx92-vQ71-zzpL-0017"
    for label in [Samples.response, Samples.stored, Samples.variable, Samples.parameter] {
      let other = Label(origin: .secret(path: "kv/other", version: 1), rule: .masked, hosts: .any)
      var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
      registry.learn(LabeledText(text: Array(token.utf8), label: label.joined(with: other.ofChoice)))
      #expect(registry.count == 1, "\(label)")
    }
    // A variable of one's own around something that came in the clear, out of a text with another secret in it.
    let taken = LabeledText(text: Array(token.utf8), label: Samples.trigger).decided(by: Samples.stored)
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(taken.labeled(also: Samples.variable))
    #expect(registry.count == 1)
  }

  @Test("Names with ranges are known under a secret base, and what a sender fills leaves room for what is held")
  func namesAndRoom() throws {
    let name = "s3cr3t-bare-token-Q71"
    let query = LabeledHeaders.query([(Array(name.utf8), [])], label: Samples.encryptedTrigger)
      .labeled(also: Samples.encryptedTrigger)
    var registry = SecretRegistry(pseudonyms: Samples.pseudonyms)
    registry.learn(query)
    #expect(!DiscloseDoor.viewerText(LabeledText(clear: "\(name)"), view: registry.view()).text.contains(name))
    let many = "[" + (0..<SecretRegistry.maximumSecrets + 10).map { "\"Kx92vQ71-\($0)\"" }.joined(separator: ",") + "]"
    registry.learn(try LabeledText(json: Array(many.utf8), label: Samples.encryptedTrigger))
    let held = "held-Kx92-vQ71-zzpL"
    registry.learn(LabeledText(text: Array(held.utf8), label: Samples.stored))
    #expect(registry.count == SecretRegistry.maximumSecrets + 1)
    let few = "[" + (0..<5_010).map(String.init).joined(separator: ",") + "]"
    var small = SecretRegistry(pseudonyms: Samples.pseudonyms)
    small.learn(try LabeledText(json: Array(few.utf8), label: Samples.encryptedTrigger))
    #expect(small.count == 0, "what no net can look for takes no place")
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
      .declassificationLimit(origin: .trigger), .outOfRange, .tooLarge(limit: 1), .tooManyValues(limit: 1),
      .tooManyOrigins(limit: 1), .damaged,
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
