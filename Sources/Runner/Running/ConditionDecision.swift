import Labels
import RunEngine
import Runbooks

/// Evaluates a condition step over a scope: rows AND-ed, groups OR-ed, every bit counted.
enum ConditionDecision {
  /// The answer, let out through `bits`. A fault of the condition ends the run with its reason.
  static func decide(
    _ condition: ConditionGroups, in scope: RunScope, bits: inout DisclosedBits
  ) -> Result<Bool, FailureReason> {
    if condition.isAlwaysMet { return .success(true) }
    do {
      var any: LabeledBit?
      for (place, group) in condition.groups.enumerated() {
        var all: LabeledBit?
        for (number, row) in group.enumerated() {
          let bit = try evaluate(row, in: scope).named(
            row: name(ofRow: number, inGroup: place, of: condition), left: shown(row.left),
            right: row.right.map(shown) ?? "")
          all = all?.and(bit) ?? bit
        }
        let met = all ?? LabeledBit(clear: true)
        any = any?.or(met) ?? met
      }
      let answer = any ?? LabeledBit(clear: true)
      // Which of several rows it was tells about each of them.
      return .success(try bits.disclose(condition.rowCount > 1 ? answer.unnamedWhereSecret : answer))
    } catch let fault as ValueFault {
      return .failure(FailureReason(fault))
    } catch {
      return .failure(.history)
    }
  }

  /// A row as its document counts it, from 1.
  private static func name(ofRow row: Int, inGroup group: Int, of condition: ConditionGroups) -> String {
    condition.groups.count == 1 ? "row \(row + 1)" : "row \(row + 1) of group \(group + 1)"
  }

  /// A side as it is written; a constant is not repeated.
  private static func shown(_ operand: Operand) -> String {
    switch operand {
    case .path(let path) where path.text.utf8.count <= longestShown: "`\(path.text)`"
    case .path: "a path"
    case .literal: "a constant"
    case .template(let template) where template.placeholders.count == 1:
      shown(.path(template.placeholders[0].path)) + " in a text"
    case .template: "a text with placeholders"
    case .list: "a list"
    }
  }

  private static let longestShown = 120

  private static func evaluate(_ row: ConditionRow, in scope: RunScope) throws -> LabeledBit {
    let left = try operand(row.left, in: scope)
    let right = try row.right.map { try operand($0, in: scope) }
    let isPresence = ComparisonOperator(row.op).isPresence
    for case .missing(_, let fault)? in [left, right] where !isPresence { throw fault }
    return try Comparison.evaluate(left, ComparisonOperator(row.op), right, of: scope.values)
  }

  private static func operand(_ operand: Operand, in scope: RunScope) throws -> ComparisonOperand {
    switch operand {
    case .path(let path): return ComparisonOperand(try scope.find(path))
    case .literal(let literal): return .value(try text(of: literal))
    case .template(let template): return .value(try TemplateFilling.text(template, in: scope).text)
    case .list(let members):
      var texts: [LabeledText] = []
      var room = ValueRoom(limit: scope.values.maximumBytes)
      for member in members {
        switch try self.operand(member, in: scope) {
        case .value(let value):
          try room.take(value)
          texts.append(value)
        case .list(let inner): texts += inner
        case .missing(_, let fault): throw fault
        }
      }
      return .list(texts)
    }
  }

  private static func text(of literal: Literal) throws -> LabeledText {
    switch literal {
    case .text(let text): LabeledText(clear: text)
    case .number(let digits): try LabeledText(json: Array(digits.utf8), label: .clear)
    case .bool(let value): try LabeledText(json: Array((value ? "true" : "false").utf8), label: .clear)
    case .null: try LabeledText(json: Array("null".utf8), label: .clear)
    }
  }
}

extension ConditionGroups {
  /// All rows of all groups.
  fileprivate var rowCount: Int { groups.reduce(0) { $0 + $1.count } }
}

extension ComparisonOperator {
  init(_ native: ConditionOperator) {
    switch native {
    case .equals: self = .equals
    case .notEquals: self = .notEquals
    case .contains: self = .contains
    case .notContains: self = .notContains
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .isIn: self = .isIn
    case .isNotIn: self = .isNotIn
    case .hasValue: self = .hasValue
    case .hasNoValue: self = .hasNoValue
    }
  }
}

extension FailureReason {
  /// The reason of runbooks.md §3 for a fault of a value.
  init(_ fault: ValueFault) {
    switch fault {
    case .pathMissing(let path, let available): self = .unresolved(Self.missing(path, available))
    case .pathSyntax, .pathAmbiguous, .notMapped: self = .unresolved(fault.message)
    case .notJSON, .notUTF8, .badTemplate: self = .parse
    case .notConvertible, .variableNotConvertible, .notAnArray, .notOneScalar, .headerControlByte, .notOnePathSegment,
      .notXMLText, .badKey, .outOfRange, .notBase64, .tooManyElements, .rowNotConvertible,
      .notIterable:
      self = .conversion(fault.message)
    case .brokenJSON, .brokenXML, .textInPath: self = .unreadable(fault.message)
    case .variableTooLarge, .tooMuchJSON, .tooMuchXML, .tooLarge, .tooManyValues, .tooManyOrigins:
      self = .valueTooLarge(fault.message)
    case .cannotOpen: self = .notVerified
    case .comparisonNotAllowed(let origin): self = .notGranted("a comparison on \(origin.sentence)")
    case .declassificationLimit: self = .declassificationLimit
    case .damaged: self = .history
    }
  }

  /// The path, and what is there in its place: names of variables, and of members whose label hides nothing from whoever
  /// may see the run. As many as fit.
  private static func missing(_ path: String, _ available: [String]?) -> String {
    guard let available else { return path }
    guard !available.isEmpty else { return "\(path); nothing is available there" }
    var shown: [String] = []
    var size = 0
    for name in available {
      size += name.utf8.count + 2
      if size > mostAvailableBytes { break }
      shown.append(name)
    }
    let more = available.count - shown.count
    return "\(path); available: " + (shown + (more > 0 ? ["\(more) more"] : [])).joined(separator: ", ")
  }

  private static let mostAvailableBytes = 240
}
