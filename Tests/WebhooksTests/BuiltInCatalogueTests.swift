import Encodings
import SourceText
import Testing

@testable import Webhooks

@Suite("The schemes that come with the program")
struct BuiltInCatalogueTests {
  private static let names = SchemeCatalogue.builtIn.names

  @Test("The text loads without a fault, and holds a scheme for every sender that it promises")
  func loads() throws {
    let catalogue = try SchemeCatalogue.load(BuiltInSchemes.text, file: "built-in").get()
    #expect(catalogue.names.count == 41)
    #expect(Self.names == catalogue.names)
    guard case .recipe(let recipe) = catalogue["halo-signature"] else {
      Issue.record("the recipe is no recipe")
      return
    }
    #expect(recipe.header == "X-Signature")
    #expect(recipe.windowSeconds == 60)
    #expect(recipe.timestampHeader == nil)
    #expect(SchemeCatalogue.builtIn["nothing"] == nil)
    #expect(SchemeCatalogue.builtIn.scheme(named: "nothing") == nil)
  }

  @Test("Every scheme says whose it is, where the sender describes it, and how its key is written", arguments: names)
  func about(name: String) throws {
    guard case .scheme(let scheme) = SchemeCatalogue.builtIn[name] else { return #expect(name == "halo-signature") }
    #expect(!scheme.about.title.isEmpty)
    #expect(!scheme.about.key.isEmpty)
    #expect(scheme.keyEncoding != nil)
    #expect(name == "halo" || scheme.about.page.hasPrefix("https://"))
    #expect(name == "telnyx" || !scheme.about.notes.isEmpty)
  }

  @Test("A scheme that is written loads again to the same scheme", arguments: names)
  func roundTrip(name: String) throws {
    let scheme = try #require(SchemeCatalogue.builtIn.scheme(named: name))
    let json = SchemeWriting.json(scheme)
    let node = try #require(try SourceTape.parse(json, file: "scheme.json", as: .json).get().first)
    guard case .scheme(let again) = try SchemeCatalogue.definition(named: name, node) else {
      Issue.record("a scheme is no recipe")
      return
    }
    #expect(SchemeWriting.json(again) == json)
    #expect(again.warnings == scheme.warnings)
    #expect(again.identity == scheme.identity)
  }

  @Test("What each scheme warns of is known; a new warning is a decision")
  func warnings() {
    var found: [String: [String]] = [:]
    for name in Self.names {
      let codes = SchemeCatalogue.builtIn.scheme(named: name)?.warnings.map(\.code) ?? []
      if !codes.isEmpty { found[name] = codes }
    }
    #expect(
      found == [
        "gitlab-token": ["webhook.static-token"], "okta-token": ["webhook.static-token"],
        "intercom": ["webhook.sha1"], "mailgun": ["webhook.body-not-signed"],
        "paypal": ["webhook.body-bound-by-checksum"], "square": ["webhook.touching-parts"],
        "hubspot-v3": ["webhook.touching-parts"], "twilio-json": ["webhook.sha1"],
        "twilio-form": ["webhook.touching-parts", "webhook.recuttable-form", "webhook.sha1"],
      ])
  }

  @Test("Every code of a warning is one that can be confirmed, and a remark needs no confirmation")
  func codes() throws {
    let all: [SchemeWarning] = [
      .touchingParts(first: "", second: ""), .timestampNotSigned, .bodyNotSigned, .bodyBoundByChecksum,
      .recuttableForm, .restsOnSHA1, .staticToken,
    ]
    #expect(all.map(\.code) == SchemeWarning.codes)
    #expect(try Fixture.github.remarks == [.noTime, .noReplayID])
    #expect(try #require(SchemeCatalogue.builtIn.scheme(named: "slack")).remarks == [.noReplayID])
    #expect(try #require(SchemeCatalogue.builtIn.scheme(named: "stripe")).remarks.isEmpty)
    #expect(try #require(SchemeCatalogue.builtIn.scheme(named: "okta-token")).remarks.isEmpty)
    for remark in [SchemeWarning.noTime, .noReplayID] {
      #expect(!SchemeWarning.codes.contains(remark.code))
      #expect(!remark.message.isEmpty)
    }
  }
}
