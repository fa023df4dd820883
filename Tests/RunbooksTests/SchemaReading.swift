import SourceText

@testable import Runbooks

/// Holds documents against the JSON Schema that ships, as an editor does: by the words of the language that it uses.
struct SchemaReading {
  struct NotRead: Error {}

  private let root: SourceNode

  init() throws {
    guard let root = StoredDocument.node(Array(DocumentSchema.text.utf8)) else { throw NotRead() }
    self.root = root
  }

  /// Whether every document of a YAML text is one.
  func accepts(_ text: String) throws -> Bool {
    guard case .success(let nodes) = SourceTape.parse(Array(text.utf8), file: "a.yaml", as: .yaml) else {
      throw NotRead()
    }
    return !nodes.isEmpty && nodes.allSatisfy { accepts($0, root) }
  }

  private func accepts(_ value: SourceNode, _ schema: SourceNode) -> Bool {
    (schema.mapping ?? []).allSatisfy { member in
      let rule = member.value
      switch member.key.text ?? "" {
      case "$ref": return definition(rule).map { accepts(value, $0) } ?? false
      case "type":
        let names = rule.string.map { [$0] } ?? rule.sequence?.compactMap(\.string) ?? []
        return names.contains { isType($0, value) }
      case "enum": return (rule.sequence ?? []).contains { $0.scalarKind == value.scalarKind && $0.text == value.text }
      case "pattern": return value.string.map { matches($0, rule.string ?? "") } ?? true
      case "minimum": return value.integer.map { $0 >= rule.integer ?? 0 } ?? true
      case "maximum": return value.integer.map { $0 <= rule.integer ?? 0 } ?? true
      case "required": return value.mapping == nil || (rule.sequence ?? []).allSatisfy { value[$0.string ?? ""] != nil }
      case "properties", "additionalProperties": return areMembers(of: value, schema)
      case "items": return (value.sequence ?? []).allSatisfy { accepts($0, rule) }
      case "anyOf": return (rule.sequence ?? []).contains { accepts(value, $0) }
      case "oneOf": return (rule.sequence ?? []).filter { accepts(value, $0) }.count == 1
      case "if": return !accepts(value, rule) || schema["then"].map { accepts(value, $0) } ?? true
      case "then", "description", "title", "$schema", "$defs": return true
      default: return false
      }
    }
  }

  private func definition(_ reference: SourceNode) -> SourceNode? {
    root["$defs"]?[reference.string?.split(separator: "/").last.map(String.init) ?? ""]
  }

  private func matches(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? Regex(pattern), let match = try? expression.firstMatch(in: text) else { return false }
    return !match.range.isEmpty
  }

  private func areMembers(of value: SourceNode, _ schema: SourceNode) -> Bool {
    (value.mapping ?? []).allSatisfy { member in
      if let own = schema["properties"]?[member.key.text ?? ""] { return accepts(member.value, own) }
      guard let others = schema["additionalProperties"] else { return true }
      return others.bool ?? accepts(member.value, others)
    }
  }

  private func isType(_ name: String, _ value: SourceNode) -> Bool {
    switch name {
    case "object": value.mapping != nil
    case "array": value.sequence != nil
    case "string": value.scalarKind == .string
    case "number": value.scalarKind == .number
    case "integer": value.integer != nil
    case "boolean": value.bool != nil
    default: false
    }
  }
}
