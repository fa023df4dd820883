/// A condition: groups are OR-ed, the rows of a group AND-ed. Without any row it is met.
package struct ConditionGroups: Equatable, Sendable {
  /// OR-ed; the rows of each are AND-ed.
  package var groups: [[ConditionRow]]

  package init(groups: [[ConditionRow]]) {
    self.groups = groups
  }

  /// Met without looking at anything.
  package var isAlwaysMet: Bool { groups.isEmpty || groups.contains { $0.isEmpty } }
}

/// One comparison.
package struct ConditionRow: Equatable, Sendable {
  package var left: Operand
  package var op: ConditionOperator
  /// `nil` exactly for the operators that take none.
  package var right: Operand?
  package var vendor: VendorExtras

  package init(left: Operand, op: ConditionOperator, right: Operand? = nil, vendor: VendorExtras = VendorExtras()) {
    self.left = left
    self.op = op
    self.right = right
    self.vendor = vendor
  }
}

/// One side of a comparison.
package indirect enum Operand: Equatable, Sendable {
  /// A value of the run, compared with its type.
  case path(VariablePath)
  case literal(Literal)
  /// Text around placeholders, compared as a string.
  case template(Template)
  /// For `in` and `not_in`: the members.
  case list([Operand])

  /// The paths that it reads.
  package var paths: [VariablePath] {
    switch self {
    case .path(let path): [path]
    case .literal: []
    case .template(let template): template.placeholders.map(\.path)
    case .list(let members): members.flatMap(\.paths)
    }
  }
}

/// A constant with the type that its document gave it.
package enum Literal: Hashable, Sendable {
  case text(String)
  /// A JSON number, in the digits of the document.
  case number(String)
  case bool(Bool)
  case null
}

/// The operators of runbook-documents.md §2.4, by their native names.
package enum ConditionOperator: String, Sendable, CaseIterable {
  case equals
  case notEquals = "not_equals"
  case contains
  case notContains = "not_contains"
  case greater
  case greaterOrEqual = "greater_or_equal"
  case less
  case lessOrEqual = "less_or_equal"
  case isIn = "in"
  case isNotIn = "not_in"
  case hasValue = "has_value"
  case hasNoValue = "has_no_value"

  /// Whether it compares with a right-hand side.
  package var takesRight: Bool { self != .hasValue && self != .hasNoValue }

  /// The number that vendor documents use.
  package var vendorNumber: Int64 {
    switch self {
    case .equals: 0
    case .notEquals: 1
    case .contains: 2
    case .notContains: 3
    case .greater: 5
    case .greaterOrEqual: 6
    case .less: 7
    case .lessOrEqual: 8
    case .isIn: 23
    case .isNotIn: 24
    case .hasValue: 29
    case .hasNoValue: 30
    }
  }
}
