import Testing

@Suite("Role policies")
struct RolePolicyTests {
  @Test(
    "The roles in the binary are the files of policies/, byte for byte",
    arguments: ["administrator", "security-team", "runbook-author", "operator", "log-viewer"])
  func rolesAreTheFiles(name: String) {
    let file = Checkout.text("policies/\(name).hcl")
    let source = Checkout.text("Sources/chancery/Serve/RolePolicies.swift")
    let indented = file.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { $0.isEmpty ? "" : "      \($0)" }.joined(separator: "\n")
    #expect(file.count > 100)
    #expect(source.contains("      \"\(name)\",\n      #\"\"\"\n\(indented)\n\n      \"\"\"#"))
  }
}
