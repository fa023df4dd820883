extension SourceNode {
  /// The members in their order; nil unless it is a mapping.
  package var mapping: [Member]? {
    if case .mapping(let members) = kind { members } else { nil }
  }

  /// The elements; nil unless it is a sequence.
  package var sequence: [SourceNode]? {
    if case .sequence(let elements) = kind { elements } else { nil }
  }

  /// The text of a scalar of any kind: `30` gives `30`, `null` gives `null`; nil for a mapping or a sequence.
  package var text: String? {
    if case .scalar(let text, _, _) = kind { text } else { nil }
  }

  /// What the scalar is in JSON; nil for a mapping or a sequence.
  package var scalarKind: ScalarKind? {
    if case .scalar(_, _, let kind) = kind { kind } else { nil }
  }

  /// How the scalar is written; nil for a mapping or a sequence.
  package var style: Style? {
    if case .scalar(_, let style, _) = kind { style } else { nil }
  }

  /// The text of a string; nil for every other value, numbers too.
  package var string: String? { scalarKind == .string ? text : nil }

  /// The text of a number as it was written; nil for every other value.
  package var numberText: String? { scalarKind == .number ? text : nil }

  /// A number written as an integer that fits; nil for every other value.
  package var integer: Int64? { numberText.flatMap { Int64($0) } }

  /// `true` or `false`; nil for every other value.
  package var bool: Bool? {
    switch scalarKind {
    case .true: true
    case .false: false
    case .string, .number, .null, nil: nil
    }
  }

  /// Whether it is null.
  package var isNull: Bool { scalarKind == .null }

  /// The value of the member with this key, compared byte for byte; nil when there is none or it is no mapping.
  package subscript(key: String) -> SourceNode? { member(key)?.value }

  /// The element at a place, from 0; nil when there is none or it is no sequence.
  package subscript(place: Int) -> SourceNode? {
    guard let elements = sequence, elements.indices.contains(place) else { return nil }
    return elements[place]
  }

  /// The member with this key: `key.place` and `value.place` say where both stand.
  package func member(_ key: String) -> Member? {
    mapping?.first { $0.key.text?.utf8.elementsEqual(key.utf8) ?? false }
  }

  /// Where the key stands; the mapping's own place when it has no such key.
  package func keyPlace(_ key: String) -> SourcePlace { member(key)?.key.place ?? place }

  /// The keys in their order; none unless it is a mapping.
  package var keys: [String] { mapping?.compactMap(\.key.text) ?? [] }

  /// What it is, for messages: `a mapping`, `a list`, `a string`, `a number`, `true`, `false`, `null`.
  package var kindName: String {
    switch kind {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(_, _, .string): "a string"
    case .scalar(_, _, .number): "a number"
    case .scalar(_, _, .true): "true"
    case .scalar(_, _, .false): "false"
    case .scalar(_, _, .null): "null"
    }
  }
}
