/// A JSON text read strictly (RFC 8259) into a flat tape of byte ranges.
///
/// Numbers keep their text, objects the order of their keys; nothing is decoded before it is asked for. A key that
/// appears twice in one object is refused (after unescaping, byte for byte, so U+00E9 and U+0065 U+0301 are two keys).
/// Keys compare as bytes everywhere here: do not put them into a `Dictionary<String, …>`, whose equality is canonical
/// equivalence.
package struct JSONTape: Sendable {
  /// The kinds of a value.
  package enum Kind: UInt8, Hashable, Sendable {
    case object, array, string, number, `true`, `false`, null
  }

  /// One value of one tape. Asking another tape about it is the caller's bug.
  package struct Node: Hashable, Sendable {
    /// Place on the tape: values in the order of the text, a container before what it holds.
    package let index: Int
  }

  /// The text that was read.
  package let bytes: [UInt8]
  let entries: [JSONTapeEntry]

  /// Reads one JSON text. Never traps, whatever the bytes are.
  package init(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONFault) {
    var builder = JSONTapeBuilder(limits: limits)
    try builder.read(bytes.span)
    self.bytes = bytes
    entries = builder.entries
  }

  /// The outermost value.
  package var root: Node { Node(index: 0) }

  /// The number of values.
  package var nodeCount: Int { entries.count }

  /// The room that the text and what was read of it take in memory.
  package var heldBytes: Int { bytes.count + entries.capacity * MemoryLayout<JSONTapeEntry>.stride }

  /// What kind of value it is.
  package func kind(_ node: Node) -> Kind { entries[node.index].kind }

  /// The bytes of the value's text, quotes and brackets included.
  package func range(_ node: Node) -> Range<Int> {
    let entry = entries[node.index]
    return Int(entry.start)..<Int(entry.end)
  }

  /// The value's text as it was written.
  package func text(_ node: Node) -> ArraySlice<UInt8> { bytes[range(node)] }

  /// The bytes of the key's text, quotes included; nil unless the value is a member of an object.
  package func keyRange(_ node: Node) -> Range<Int>? {
    let entry = entries[node.index]
    return entry.hasKey ? Int(entry.keyStart)..<Int(entry.keyEnd) : nil
  }

  /// The key, unescaped; nil unless the value is a member of an object.
  package func key(_ node: Node) -> String? {
    keyBytes(node).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The UTF-8 of the key, unescaped; nil unless the value is a member of an object.
  package func keyBytes(_ node: Node) -> [UInt8]? {
    guard let range = keyRange(node) else { return nil }
    return content(range, hasEscapes: entries[node.index].keyHasEscapes)
  }

  /// Members or elements in the order of the text; none for other kinds.
  package func children(_ node: Node) -> [Node] {
    var children: [Node] = []
    children.reserveCapacity(count(node))
    var next = firstChild(node)
    while let child = next {
      children.append(child)
      next = sibling(after: child, in: node)
    }
    return children
  }

  /// The first member or element.
  package func firstChild(_ node: Node) -> Node? {
    entries[node.index].count > 0 ? Node(index: node.index + 1) : nil
  }

  /// The member or element of `container` that follows `child`, which must be one itself.
  package func sibling(after child: Node, in container: Node) -> Node? {
    let next = entries[child.index].next
    return next < entries[container.index].next ? Node(index: Int(next)) : nil
  }

  /// The number of members or elements; 0 for other kinds.
  package func count(_ node: Node) -> Int { Int(entries[node.index].count) }

  /// The member with this key; nil when there is none or the value is no object.
  package func member(_ node: Node, _ key: String) -> Node? {
    guard kind(node) == .object else { return nil }
    var key = key
    return key.withUTF8 { member(node, $0.span) }
  }

  /// As the other `member`, by the UTF-8 of the key.
  package func member(_ node: Node, _ key: some Collection<UInt8>) -> Node? {
    guard kind(node) == .object else { return nil }
    return key.withContiguousBytes { member(node, $0) }
  }

  /// The element at a place, from 0; nil when there is none or the value is no array.
  package func element(_ node: Node, _ place: Int) -> Node? {
    guard kind(node) == .array, place >= 0, place < count(node) else { return nil }
    var next = firstChild(node)
    for _ in 0..<place {
      guard let child = next else { return nil }
      next = sibling(after: child, in: node)
    }
    return next
  }

  /// The unescaped string; nil for other kinds.
  package func string(_ node: Node) -> String? {
    stringBytes(node).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The UTF-8 of the unescaped string; nil for other kinds.
  package func stringBytes(_ node: Node) -> [UInt8]? {
    guard kind(node) == .string else { return nil }
    return content(range(node), hasEscapes: entries[node.index].valueHasEscapes)
  }

  /// The number as it was written; nil for other kinds.
  package func numberText(_ node: Node) -> String? {
    guard kind(node) == .number else { return nil }
    return String(decoding: text(node), as: UTF8.self)
  }

  /// The number when it is written as an integer (no point, no exponent) that fits; nil otherwise.
  package func integer(_ node: Node) -> Int64? { numberText(node).flatMap { Int64($0) } }

  /// The truth value; nil for other kinds.
  package func bool(_ node: Node) -> Bool? {
    switch kind(node) {
    case .true: true
    case .false: false
    case .object, .array, .string, .number, .null: nil
    }
  }

  private func content(_ quoted: Range<Int>, hasEscapes: Bool) -> [UInt8] {
    let inner = quoted.lowerBound + 1..<quoted.upperBound - 1
    return hasEscapes ? JSONText.decoded(bytes.span, inner) : Array(bytes[inner])
  }

  private func member(_ node: Node, _ key: Span<UInt8>) -> Node? {
    let span = bytes.span
    var next = firstChild(node)
    while let child = next {
      let entry = entries[child.index]
      let start = Int(entry.keyStart) + 1
      let end = Int(entry.keyEnd) - 1
      if entry.keyHasEscapes {
        if JSONTapeEntry.equal(JSONText.decoded(span, start..<end).span, key) { return child }
      } else if end - start == key.count, JSONTapeEntry.equal(span.extracting(start..<end), key) {
        return child
      }
      next = sibling(after: child, in: node)
    }
    return nil
  }
}
