import Testing

@testable import Runbooks

@Suite("What a grant is bound to")
struct GrantedMaterialTests {
  private func material(_ change: (inout RunbookDocument, inout IntegrationDocument) -> Void) throws -> [UInt8] {
    let read = Documents.read([try Documents.example("rotate-webhook.yaml")])
    var runbook = try #require(read.runbooks.first?.document)
    var integration = try #require(read.integrations.first?.document)
    change(&runbook, &integration)
    return GrantedMaterial.bytes(of: runbook) { $0 == integration.id ? integration : nil }
  }

  @Test("It does not change with what people read or what is only kept")
  func unchanged() throws {
    let before = try material { _, _ in }
    let after = try material { runbook, integration in
      runbook.name = "other"
      runbook.notes = "other"
      runbook.group = "other"
      runbook.isActive = false
      runbook.retentionDays = 5
      runbook.vendor = VendorExtras([VendorExtras.Entry(key: "a", json: "1")])
      runbook.steps[0].title = "other"
      runbook.steps[1].successEdgeName = "other"
      integration.name = "other"
      integration.notes = "other"
      integration.methods[0].title = "other"
      integration.methods[0].vendor = VendorExtras([VendorExtras.Entry(key: "a", json: "1")])
    }
    #expect(before == after)
    #expect(!before.isEmpty)
  }

  @Test("Using a named key in another way changes it: another key, version, algorithm, or form")
  func keys() throws {
    func bytes(_ signing: String) throws -> [UInt8] {
      let read = Documents.read(
        """
        integration: i
        base_url: https://api.example.com
        methods:
          m: { request: POST /x, signing: \(signing) }
        ---
        runbook: r
        steps:
          a: { method: i/m, then: done, else: done }
          done: { end: success }
        """)
      #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
      let runbook = try #require(read.runbooks.first?.document)
      let integration = try #require(read.integrations.first?.document)
      return GrantedMaterial.bytes(of: runbook) { $0 == integration.id ? integration : nil }
    }
    let all = try [
      "{ type: recipe, key: { named: a } }", "{ type: recipe, key: { named: b } }",
      "{ type: recipe, key: { named: a, version: 1 } }", "{ type: recipe, key: { named: a }, algorithm: hmac-sha512 }",
      "{ type: recipe, key: kv/a#a }", "{ type: standard-webhooks, key: { named: a } }",
      "{ type: recipe, key: { named: a }, message: '{timestamp}.{body}', timestamp_header: X-T }",
    ].map(bytes)
    #expect(Set(all).count == all.count)
  }

  @Test("Every edit that could send a secret elsewhere changes it")
  func changed() throws {
    let changes: [(inout RunbookDocument, inout IntegrationDocument) -> Void] = [
      { runbook, _ in runbook.id = "other" },
      { runbook, _ in runbook.startStep = "wanted" },
      { runbook, _ in runbook.start = .internalOnly },
      { runbook, _ in runbook.steps.swapAt(3, 4) },
      { runbook, _ in runbook.steps[0].onFailure = "done" },
      { runbook, _ in runbook.steps[1].kind = .condition(ConditionGroups(groups: [])) },
      { runbook, _ in
        runbook.steps[0].kind = .method(MethodCallStep(method: .named(integration: "registry", method: "rotate-hook")))
      },
      { runbook, _ in runbook.variables[2].encrypt = false },
      { runbook, _ in runbook.variables[2].hosts = ["evil.example"] },
      { runbook, _ in runbook.variables[0].initialValue = .secret(SecretReference(path: "kv/a", field: "b")) },
      { _, integration in integration.baseURL = "https://evil.example" },
      { _, integration in integration.authorization = .none },
      { _, integration in integration.methods[0].resource = Template(literal: "/log") },
      { _, integration in integration.methods[0].encryptResponse = false },
      { _, integration in integration.methods[1].httpMethod = .put },
      { _, integration in integration.methods[1].body = .none },
      { _, integration in integration.methods[1].query[0].value = .sealed },
      { _, integration in integration.methods[1].allowsRedirects = true },
      { _, integration in integration.methods[1].inheritsAuthorization = false },
      { _, integration in integration.methods.removeLast() },
      { _, integration in integration.id = "gone" },
    ]
    var seen: Set<[UInt8]> = [try material { _, _ in }]
    for (index, change) in changes.enumerated() {
      #expect(seen.insert(try material(change)).inserted, "change \(index)")
    }
  }

  @Test("A method that no step calls does not matter")
  func unusedMethod() throws {
    let added = Method(id: "registry/x", name: "x", httpMethod: .get, resource: Template(literal: "/x"))
    #expect(try material { _, _ in } == material { _, integration in integration.methods.append(added) })
  }
}
