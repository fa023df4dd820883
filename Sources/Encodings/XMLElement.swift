/// One element of an XML document, as it is mapped to JSON.
struct XMLElement {
  let name: [UInt8]
  var attributes: [(name: [UInt8], value: [UInt8])] = []
  var children: [XMLElement] = []
  /// All character data that stands directly in it, in order.
  var text: [UInt8] = []

  init(name: [UInt8]) { self.name = name }

  /// - Without attributes and elements: a string, the text.
  /// - Else an object: `@name` for each attribute, then the elements by name in the order of their first appearance, several
  ///   of one name as an array, and `#text` last where there is other text than white space.
  func write(to writer: inout JSONWriter) {
    guard !attributes.isEmpty || !children.isEmpty else { return writer.stringBytes(text) }
    writer.beginObject()
    for attribute in attributes {
      writer.key("@" + String(decoding: attribute.name, as: UTF8.self))
      writer.stringBytes(attribute.value)
    }
    var places: [[UInt8]: Int] = [:]
    var groups: [[XMLElement]] = []
    for child in children {
      if let place = places[child.name] {
        groups[place].append(child)
      } else {
        places[child.name] = groups.count
        groups.append([child])
      }
    }
    for group in groups {
      writer.key(String(decoding: group[0].name, as: UTF8.self))
      if group.count > 1 { writer.beginArray() }
      for child in group { child.write(to: &writer) }
      if group.count > 1 { writer.endArray() }
    }
    if text.contains(where: { !XMLReader.isSpace($0) }) {
      writer.key("#text")
      writer.stringBytes(text)
    }
    writer.endObject()
  }
}
