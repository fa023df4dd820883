import SourceText

/// Reads the `vendor` key of native documents: keys of an import, kept as they are.
enum VendorReader {
  static func extras(of object: ObjectReader, _ context: inout ReadingContext) -> VendorExtras {
    guard let node = object.value("vendor") else { return VendorExtras() }
    guard let members = node.mapping else {
      context.error(.wrongType, at: node.place, "`vendor` must be a mapping, not \(node.kindName)")
      return VendorExtras()
    }
    return VendorExtras(
      members.map { member in
        VendorExtras.Entry(
          key: member.key.text ?? "", json: String(decoding: member.value.jsonText, as: UTF8.self))
      })
  }
}
