/// Reads a policy: a small, strict subset of HCL, or the same as JSON.
///
/// ```
/// # comment, or //, or /* … */
/// path "v1/kv/data/app/*" {
///   capabilities = ["read", "list"]
/// }
/// ```
/// JSON: `{"path": {"v1/kv/data/app/*": {"capabilities": ["read", "list"]}}}`. A text that starts with `{` is JSON.
/// Anything else that HCL or Vault's policies have is refused with its place and a remedy: a rule that was silently
/// read as weaker than written would open what its author thinks closed.
package enum PolicyParser {
  /// All faults of the text are reported at once (up to `AccessLimits.policyFaults`). Total: never traps.
  package static func parse(_ text: String, name: PolicyName) -> Result<Policy, PolicyRefusal> {
    var draft = PolicyDraft()
    let start = PolicyDraft.Place(line: 1, column: 1)
    if text.utf8.count > AccessLimits.policyBytes {
      draft.error(start, "the policy has more than \(AccessLimits.policyBytes) bytes", "divide it")
    } else if text.unicodeScalars.first?.value == 0xFEFF {
      draft.error(start, "the text starts with a byte order mark", "save it as UTF-8 without one")
    } else if text.utf8.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
      var reader = PolicyJSONReader(text, draft: draft)
      reader.read()
      draft = reader.draft
    } else {
      var reader = PolicyBlockReader(text, draft: draft)
      reader.read()
      draft = reader.draft
    }
    if draft.rules.isEmpty, draft.faults.isEmpty {
      draft.warning(start, "the policy has no blocks, so that it allows nothing", "add a path block")
    }
    let faults = draft.faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    guard !faults.contains(where: { $0.severity == .error }) else { return .failure(PolicyRefusal(faults: faults)) }
    return .success(Policy(name: name, rules: draft.rules, source: text, warnings: faults))
  }
}
