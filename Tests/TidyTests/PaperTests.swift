import Foundation
import Testing

/// What papers say of the tree, held against the tree.
@Suite("Papers")
struct PaperTests {
  @Test("No target of the table is said not to exist yet")
  func absentTargets() throws {
    let page = Checkout.text("docs/architecture.md")
    let sentence = try #require(page.firstMatch(of: /(`[^.]*?) do not exist\s+yet/)).1
    let absent = sentence.matches(of: /`(\w+)`/).map { String($0.1) }
    #expect(absent.contains("PostgresStore"))
    for room in ImportTests.table.order { #expect(!absent.dropFirst().contains(room), "\(room)") }
  }

  @Test("The table of algorithms names every family that schemes of webhooks use")
  func schemeAlgorithms() throws {
    let page = Checkout.text("SECURITY.md")
    let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| webhook schemes |") })
    let names = ["hmac": "HMAC", "ed25519": "Ed25519", "ecdsa": "ECDSA", "rsa": "RSA"]
    var families: Set<String> = []
    for path in Checkout.files(below: ["Sources/Webhooks/Catalogue"]) {
      for match in Checkout.text(path).matches(of: /algorithm: (hmac|ed25519|ecdsa|rsa)/) {
        families.insert(String(match.1))
      }
    }
    #expect(families.count == names.count)
    for family in families { #expect(row.contains(names[family] ?? "?"), "\(family)") }
  }
}
