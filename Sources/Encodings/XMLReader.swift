/// Reads XML 1.0 documents strictly, without a document type: no entity but the five that every document has, nothing
/// fetched, nothing that grows. Names keep their prefixes; namespaces are not resolved. Comments and processing
/// instructions are passed over.
package struct XMLReader {
  private let bytes: [UInt8]
  private let limits: XMLLimits
  private let isTranscoded: Bool
  private var position = 0
  private var nodes = 0

  private init(_ bytes: [UInt8], _ limits: XMLLimits, isTranscoded: Bool) {
    self.bytes = bytes
    self.limits = limits
    self.isTranscoded = isTranscoded
  }

  /// The document as one JSON object with one member, the root element (docs/documents.md, "Answers"). Throws why it is
  /// none.
  ///
  /// - Parameter isTranscoded: whether the bytes are UTF-8 by what was said beside them: then the encoding that the document
  ///   declares does not count (RFC 7303 §3).
  package static func json(
    _ bytes: [UInt8], limits: XMLLimits = XMLLimits(), isTranscoded: Bool = false
  ) throws(PlacedXMLFault) -> [UInt8] {
    guard UTF8Text.isValid(bytes) else { throw PlacedXMLFault(fault: .notUTF8, offset: nil) }
    guard bytes.contains(where: { !isSpace($0) }) else { throw PlacedXMLFault(fault: .empty, offset: nil) }
    var reader = XMLReader(bytes, limits, isTranscoded: isTranscoded)
    let root: XMLElement
    do throws(XMLFault) {
      root = try reader.document()
    } catch {
      throw PlacedXMLFault(fault: error, offset: reader.position)
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key(String(decoding: root.name, as: UTF8.self))
    root.write(to: &writer)
    writer.endObject()
    return writer.finish()
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  // MARK: The document

  private mutating func document() throws(XMLFault) -> XMLElement {
    // XML 1.0 §F: a mark of the byte order is no part of the document.
    _ = take([0xEF, 0xBB, 0xBF])
    if starts("<?xml"), position + 5 < bytes.count, Self.isSpace(bytes[position + 5]) { try declaration() }
    try misc()
    guard position < bytes.count, bytes[position] == 0x3C else { throw .malformed }
    if starts("<!") { throw starts("<!DOCTYPE") ? .documentType : .malformed }
    let root = try element(depth: 1)
    try misc()
    guard position == bytes.count else { throw starts("<!DOCTYPE") ? .documentType : .malformed }
    return root
  }

  /// §2.8, §4.3.3.
  private mutating func declaration() throws(XMLFault) {
    position += 5
    while true {
      let hasSpace = skipSpace()
      if take("?>") { return }
      guard hasSpace, position < bytes.count else { throw .malformed }
      let (name, text) = try attribute()
      let value = String(decoding: text, as: UTF8.self).lowercased()
      switch String(decoding: name, as: UTF8.self) {
      case "version": guard value.hasPrefix("1.") else { throw .malformed }
      case "encoding": guard isTranscoded || ["utf-8", "us-ascii"].contains(value) else { throw .encoding }
      case "standalone": break
      default: throw .malformed
      }
    }
  }

  /// White space, comments and instructions beside the root.
  private mutating func misc() throws(XMLFault) {
    while position < bytes.count {
      if Self.isSpace(bytes[position]) {
        position += 1
      } else if starts("<!--") {
        try comment()
      } else if starts("<?") {
        try instruction()
      } else {
        return
      }
    }
  }

  private mutating func comment() throws(XMLFault) {
    let text = try until("-->", after: 4)
    guard !Self.contains("--", in: text), text.last != 0x2D else { throw .malformed }
  }

  private mutating func instruction() throws(XMLFault) {
    let text = try until("?>", after: 2)
    // §2.6: a second declaration is none.
    guard let first = text.first, Self.beginsName(first),
      String(decoding: text.prefix(3), as: UTF8.self).lowercased() != "xml"
    else { throw .malformed }
  }

  // MARK: Elements

  private mutating func element(depth: Int) throws(XMLFault) -> XMLElement {
    guard depth <= limits.depth else { throw .tooDeep }
    try count()
    position += 1
    var element = XMLElement(name: try name())
    var names: Set<[UInt8]> = []
    while true {
      let hasSpace = skipSpace()
      guard position < bytes.count else { throw .malformed }
      if take("/>") { return element }
      if take(">") { break }
      guard hasSpace else { throw .malformed }
      let (name, value) = try attribute()
      guard names.insert(name).inserted else { throw .malformed }
      element.attributes.append((name, value))
    }
    try content(of: &element, depth: depth)
    return element
  }

  private mutating func content(of element: inout XMLElement, depth: Int) throws(XMLFault) {
    while true {
      guard position < bytes.count else { throw .malformed }
      if take("</") {
        guard try name() == element.name else { throw .malformed }
        _ = skipSpace()
        guard take(">") else { throw .malformed }
        return
      }
      if starts("<!--") {
        try comment()
      } else if starts("<![CDATA[") {
        element.text += try Self.lines(try until("]]>", after: 9))
      } else if starts("<?") {
        try instruction()
      } else if starts("<!") {
        throw .malformed
      } else if bytes[position] == 0x3C {
        element.children.append(try self.element(depth: depth + 1))
      } else {
        element.text += try text(until: { $0 == 0x3C }, isAttribute: false)
      }
    }
  }

  private mutating func attribute() throws(XMLFault) -> (name: [UInt8], value: [UInt8]) {
    try count()
    let name = try name()
    _ = skipSpace()
    guard take("=") else { throw .malformed }
    _ = skipSpace()
    guard position < bytes.count else { throw .malformed }
    let quote = bytes[position]
    guard quote == 0x22 || quote == 0x27 else { throw .malformed }
    position += 1
    let value = try text(until: { $0 == quote }, isAttribute: true)
    guard position < bytes.count else { throw .malformed }
    position += 1
    return (name, value)
  }

  private mutating func count() throws(XMLFault) {
    nodes += 1
    guard nodes <= limits.nodes else { throw .tooManyNodes }
  }

  // MARK: Text

  /// Up to a byte that ends it, or the end of the document; references resolved, line ends as one line feed (§2.11), in an
  /// attribute every white space as a space (§3.3.3).
  private mutating func text(
    until ends: (UInt8) -> Bool, isAttribute: Bool
  ) throws(XMLFault) -> [UInt8] {
    var found: [UInt8] = []
    while position < bytes.count, !ends(bytes[position]) {
      let byte = bytes[position]
      switch byte {
      case 0x26:
        found += try reference()
        continue
      case 0x3C: throw .malformed
      case 0x0D:
        if position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
        found.append(isAttribute ? 0x20 : 0x0A)
      case 0x09, 0x0A: found.append(isAttribute ? 0x20 : byte)
      default:
        if !isAttribute, byte == 0x5D, starts("]]>") { throw .malformed }
        try check(at: position)
        found.append(byte)
      }
      position += 1
    }
    return found
  }

  /// §2.2: no control characters, no U+FFFE and U+FFFF.
  private func check(at place: Int) throws(XMLFault) {
    let byte = bytes[place]
    if byte < 0x20 { throw .malformed }
    if byte == 0xEF, bytes[place + 1] == 0xBF, bytes[place + 2] >= 0xBE { throw .malformed }
  }

  /// The lines of a CDATA section.
  private static func lines(_ text: ArraySlice<UInt8>) throws(XMLFault) -> [UInt8] {
    var found: [UInt8] = []
    var wasReturn = false
    for byte in text {
      if byte == 0x0A, wasReturn {
        wasReturn = false
        continue
      }
      wasReturn = byte == 0x0D
      guard byte >= 0x20 || isSpace(byte) else { throw .malformed }
      found.append(wasReturn ? 0x0A : byte)
    }
    return found
  }

  private static let entities: [String: UInt8] = ["amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27]

  /// §4.1, §4.6.
  private mutating func reference() throws(XMLFault) -> [UInt8] {
    guard let end = bytes[position...].prefix(12).firstIndex(of: 0x3B) else { throw .malformed }
    let inner = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    position = end + 1
    if let byte = Self.entities[inner] { return [byte] }
    guard inner.hasPrefix("#") else { throw .entity }
    let isHex = inner.hasPrefix("#x")
    let digits = inner.dropFirst(isHex ? 2 : 1)
    guard !digits.isEmpty, digits.allSatisfy({ isHex ? $0.isASCII && $0.isHexDigit : $0.isASCII && $0.isNumber }),
      let number = UInt32(digits, radix: isHex ? 16 : 10), let scalar = Unicode.Scalar(number)
    else { throw .malformed }
    guard number >= 0x20 || [0x09, 0x0A, 0x0D].contains(number), number != 0xFFFE, number != 0xFFFF else {
      throw .malformed
    }
    return Array(String(scalar).utf8)
  }

  // MARK: Pieces

  /// §2.3, but for which characters beyond ASCII a name may have: all are taken.
  private mutating func name() throws(XMLFault) -> [UInt8] {
    let start = position
    guard position < bytes.count, Self.beginsName(bytes[position]) else { throw .malformed }
    while position < bytes.count, Self.beginsName(bytes[position]) || Self.isFurther(bytes[position]) { position += 1 }
    guard position - start <= XMLLimits.nameBytes else { throw .nameTooLong }
    return Array(bytes[start..<position])
  }

  private static func beginsName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x3A, 0x80...0xFF: true
    default: false
    }
  }

  private static func isFurther(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E }

  private mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    return position > start
  }

  private func starts(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    guard starts(text) else { return false }
    position += text.utf8CodeUnitCount
    return true
  }

  private mutating func take(_ text: [UInt8]) -> Bool {
    guard bytes[position...].starts(with: text) else { return false }
    position += text.count
    return true
  }

  /// What stands between here and `end`, `skipped` bytes left out; goes behind it.
  private mutating func until(_ end: String, after skipped: Int) throws(XMLFault) -> ArraySlice<UInt8> {
    let begin = position + skipped
    let wanted = Array(end.utf8)
    var place = begin
    while place + wanted.count <= bytes.count {
      if bytes[place] == wanted[0], bytes[place..<(place + wanted.count)].elementsEqual(wanted) {
        position = place + wanted.count
        return bytes[begin..<place]
      }
      place += 1
    }
    throw .malformed
  }

  private static func contains(_ text: String, in bytes: ArraySlice<UInt8>) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}
