import Encodings

/// The strict serialisation of RFC 9651 §4.1, of which a signature base is made: one value has one text.
extension StructuredField {
  /// The text of a dictionary; nothing for an empty one (§4.1.2).
  package static func serialize(_ dictionary: Dictionary) -> [UInt8] {
    joined(dictionary.entries, by: [0x2C, 0x20]) { entry, output in
      output += entry.key.utf8
      if case .item(let item) = entry.member, item.value == .boolean(true) {
        append(item.parameters, to: &output)
      } else {
        output.append(0x3D)
        append(entry.member, to: &output)
      }
    }
  }

  /// The text of a list (§4.1.1).
  package static func serialize(_ list: [Member]) -> [UInt8] {
    joined(list, by: [0x2C, 0x20]) { append($0, to: &$1) }
  }

  /// The text of a member of a list or a dictionary.
  package static func serialize(_ member: Member) -> [UInt8] {
    var output: [UInt8] = []
    append(member, to: &output)
    return output
  }

  /// The text of an inner list (§4.1.1.1).
  package static func serialize(_ list: InnerList) -> [UInt8] { serialize(.innerList(list)) }

  /// The text of an item (§4.1.3).
  package static func serialize(_ item: Item) -> [UInt8] { serialize(.item(item)) }

  private static func joined<Element>(
    _ elements: [Element], by separator: [UInt8], _ appendElement: (Element, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var output: [UInt8] = []
    for (index, element) in elements.enumerated() {
      if index > 0 { output += separator }
      appendElement(element, &output)
    }
    return output
  }

  private static func append(_ member: Member, to output: inout [UInt8]) {
    switch member {
    case .item(let item): append(item, to: &output)
    case .innerList(let list):
      output.append(0x28)
      output += joined(list.items, by: [0x20]) { append($0, to: &$1) }
      output.append(0x29)
      append(list.parameters, to: &output)
    }
  }

  private static func append(_ item: Item, to output: inout [UInt8]) {
    append(item.value, to: &output)
    append(item.parameters, to: &output)
  }

  private static func append(_ parameters: [Parameter], to output: inout [UInt8]) {
    for parameter in parameters {
      output.append(0x3B)
      output += parameter.key.utf8
      if parameter.value == .boolean(true) { continue }
      output.append(0x3D)
      append(parameter.value, to: &output)
    }
  }

  private static func append(_ value: BareItem, to output: inout [UInt8]) {
    switch value {
    case .integer(let number): output += String(number).utf8
    case .decimal(let thousandths): output += decimalText(thousandths).utf8
    case .string(let text):
      output.append(0x22)
      for byte in text.utf8 {
        if byte == 0x22 || byte == 0x5C { output.append(0x5C) }
        output.append(byte)
      }
      output.append(0x22)
    case .token(let text): output += text.utf8
    case .bytes(let bytes):
      output.append(0x3A)
      output += Base64.encodeBytes(bytes)
      output.append(0x3A)
    case .boolean(let isTrue): output += [0x3F, isTrue ? 0x31 : 0x30]
    case .date(let seconds):
      output.append(0x40)
      output += String(seconds).utf8
    case .displayString(let text):
      output += [0x25, 0x22]
      for byte in text.utf8 {
        if byte == 0x25 || byte == 0x22 || byte < 0x20 || byte > 0x7E {
          output.append(0x25)
          output += Hex.encodeBytes([byte])
        } else {
          output.append(byte)
        }
      }
      output.append(0x22)
    }
  }

  /// At least one digit of fraction and none that says nothing (§4.1.5).
  private static func decimalText(_ thousandths: Int64) -> String {
    let magnitude = thousandths.magnitude
    let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: 1000)
    var digits = String(fraction)
    digits = String(repeating: "0", count: 3 - digits.utf8.count) + digits
    while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    return (thousandths < 0 ? "-" : "") + "\(whole).\(digits)"
  }
}
