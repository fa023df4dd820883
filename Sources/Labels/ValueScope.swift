import Encodings

/// The roots and variables that a template may name, with their values.
package struct ValueScope: Sendable {
  private var values: [String: LabeledText]

  package init(_ values: [String: LabeledText] = [:]) { self.values = values }

  package mutating func set(_ name: String, to value: LabeledText?) { values[name] = value }

  /// Names only.
  package var names: [String] { values.keys.sorted() }

  package subscript(name: String) -> LabeledText? { values[name] }

  /// What a root and a path lead to. An unknown root is missing, with the names that there are.
  package func find(root: String, path: ValuePath) throws(ValueFault) -> LabeledJSON.Found {
    guard let value = values[root] else {
      return .missing(label: .clear, fault: .pathMissing(path: root, available: names))
    }
    if path.steps.isEmpty { return .value(value) }
    return try LabeledJSON(reading: value).find(path, name: root + path.description)
  }

  /// As `find`, throwing where nothing is there.
  package func resolve(root: String, path: ValuePath) throws(ValueFault) -> LabeledText {
    switch try find(root: root, path: path) {
    case .value(let value): return value
    case .missing(_, let fault): throw fault
    }
  }
}

extension ValueScope: Masked {
  package var maskedText: String { "ValueScope(\(values.count) names, ‹masked›)" }
}
