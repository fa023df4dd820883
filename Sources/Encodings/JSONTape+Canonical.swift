extension JSONTape {
  /// The value as JSON text without white space: keys in their order, numbers as written, strings with only the
  /// escapes that are needed. Two texts that differ in white space and escapes alone give the same bytes.
  package func canonicalText(_ node: Node) -> [UInt8] {
    var output: [UInt8] = []
    var open: [(end: Int, closing: UInt8)] = []
    var needsComma = false
    for index in node.index..<Int(entries[node.index].next) {
      while let last = open.last, last.end == index {
        output.append(last.closing)
        open.removeLast()
        needsComma = true
      }
      if needsComma { output.append(0x2C) }
      let entry = entries[index]
      if index > node.index, let key = keyBytes(Node(index: index)) {
        JSONText.appendQuoted(key, to: &output)
        output.append(0x3A)
      }
      needsComma = true
      switch entry.kind {
      case .object, .array:
        let isObject = entry.kind == .object
        output.append(isObject ? 0x7B : 0x5B)
        open.append((Int(entry.next), isObject ? 0x7D : 0x5D))
        needsComma = false
      case .string: JSONText.appendQuoted(stringBytes(Node(index: index)) ?? [], to: &output)
      case .number, .true, .false, .null: output += text(Node(index: index))
      }
    }
    for last in open.reversed() { output.append(last.closing) }
    return output
  }
}
