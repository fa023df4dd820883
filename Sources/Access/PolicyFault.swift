/// One thing that is wrong, or surprising, in the text of a policy, with its place and what to do.
package struct PolicyFault: Error, Hashable, Sendable {
  package enum Severity: String, Hashable, Sendable {
    /// The policy is refused.
    case error
    /// The policy is taken; its author should look.
    case warning
  }

  package var severity: Severity
  /// 1-based.
  package var line: Int
  /// 1-based, in characters (Unicode scalars).
  package var column: Int
  package var message: String
  package var remedy: String

  /// `policies/operator.hcl:3:7: error: … (remedy)`, the form that editors jump to.
  package func rendered(file: String) -> String {
    "\(file):\(line):\(column): \(severity.rawValue): \(message); \(remedy)"
  }
}

/// Everything that made a policy's text be refused: at least one error, warnings among them.
package struct PolicyRefusal: Error, Hashable, Sendable {
  /// In the order of the text.
  package let faults: [PolicyFault]
}
