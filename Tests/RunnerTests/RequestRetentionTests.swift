import Encodings
import Runbooks
import Storage
import Testing

@testable import Runner

@Suite("How long calls stand in the log of their method")
struct RequestRetentionTests {
  private static let now = Instant(millisecondsSinceEpoch: 1_795_536_339_000)
  private static func ago(days: Int64) -> Instant { now.advanced(byMilliseconds: -days * 86_400_000) }

  private static func integration(_ id: String, _ days: [String: Int?]) -> IntegrationDocument {
    IntegrationDocument(
      id: id, baseURL: "https://api.example.com",
      methods: days.sorted { $0.key < $1.key }.map { name, days in
        Method(
          id: "\(id)/\(name)", name: name, httpMethod: .get, resource: Template(literal: "/x"), retentionDays: days)
      })
  }

  private static let integrations = [
    integration("a", ["short": 7, "long": 90, "plain": nil]), integration("b", ["short": 8]),
  ]

  @Test("A method's own days hold, whatever the configuration says")
  func own() {
    for service in [nil, 3, 365] {
      let retention = RequestRetention(Self.integrations, serviceDays: service)
      #expect(
        retention.changes(for: ["a/long", "a/short", "b/short"], at: Self.now) == [
          .forgetRequests(method: "a/long", before: Self.ago(days: 90)),
          .forgetRequests(method: "a/short", before: Self.ago(days: 7)),
          .forgetRequests(method: "b/short", before: Self.ago(days: 8)),
        ])
      #expect(retention.methods(of: ["a/plain"]) == ["a/long", "a/short", "b/short"])
    }
  }

  @Test("Without them the configuration's hold, for methods that are gone and fetched tokens too")
  func service() {
    let retention = RequestRetention(Self.integrations, serviceDays: 3)
    #expect(
      retention.changes(for: ["a/(token)", "a/plain", "gone/x"], at: Self.now)
        == ["a/(token)", "a/plain", "gone/x"].map { .forgetRequests(method: $0, before: Self.ago(days: 3)) })
  }

  @Test("Where nobody says it calls go with their run, and what has none goes after thirty days")
  func runs() {
    let retention = RequestRetention(Self.integrations, serviceDays: nil)
    #expect(
      retention.changes(for: ["a/plain"], at: Self.now) == [
        .forgetRequests(method: "a/plain", before: Self.ago(days: 30), keepingRuns: true)
      ])
  }

  @Test("All calls of an integration that cannot be read stay, and those of others go as before")
  func unreadable() {
    let retention = RequestRetention(Self.integrations, unreadable: ["bad"], serviceDays: 3)
    let logged = ["a/plain", "bad/(token)", "bad/get", "badger/get"]
    #expect(
      retention.changes(for: logged, at: Self.now)
        == ["a/plain", "badger/get"].map { .forgetRequests(method: $0, before: Self.ago(days: 3)) })
    #expect(retention.methods(of: logged) == ["a/long", "a/short", "b/short", "bad/(token)", "bad/get"])
  }
}
