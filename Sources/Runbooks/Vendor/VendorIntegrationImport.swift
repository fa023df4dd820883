import SourceText

/// Imports the vendor's export of a custom integration (`OutboundIntegration`).
enum VendorIntegrationImport {
  /// Kept without a word: how the vendor's client shows it, what changes by itself, or ids of the vendor's rows.
  private static let quiet: Set<String> = ["id", "guid", "icon", "state", "intent", "note", "notes", "group_id"]

  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> IntegrationDocument? {
    guard var object = VendorObject(node, what: "the integration", &context) else { return nil }
    context.places.note("", at: node.place)
    let given = object.text("name", &context)
    guard
      let name = NameRules.shown(given, what: "`name` of the integration", at: object.place("name"), &context)
    else {
      context.error(.missingKey, at: node.place, "the integration has no `name`", remedy: "write one into the file")
      return nil
    }
    let id = VendorName.integration(name, guid: object.shown("guid"), id: object.shown("id"))
    context.places.note("integration", at: object.place("name"))
    context.places.note("base_url", at: object.place("resourcebaseurl"))
    let (authorization, reasons) = VendorAuthorizationImport.read(&object, integration: id, &context)
    let type = object.node["authorizationtype"]?.whole
    let base = object.text("resourcebaseurl", &context) ?? ""
    var names: Set<String> = []
    var methods: [Method] = []
    var kept: [VendorExtras.Entry] = []
    for (index, element) in object.elements("methods", &context).enumerated() {
      // Blank lines are kept at their places; they do not count.
      guard element.mapping != nil, !VendorObject.isBlankRow(element),
        var method = VendorMethodImport.read(
          element, number: methods.count + 1, integration: id, base: base, taken: names, authorizationType: type,
          &context)
      else {
        kept.append(VendorObject.kept("methods[\(index)]", element, &context))
        if !VendorObject.isBlankRow(element) {
          context.warn(
            .vendorKeyKept, at: element.place, "method \(index + 1) is no object: it is kept and not honoured")
        }
        continue
      }
      if method.inheritsAuthorization { method.inactiveReasons += reasons }
      names.insert(method.name)
      methods.append(method)
    }
    object.use("name", "resourcebaseurl")
    object.useList("methods")
    object.dropTestData(&context)
    object.warnAboutKept(
      quiet: quiet.union(VendorAuthorizationImport.quiet(of: authorization, object)), &context)
    return IntegrationDocument(
      id: id, name: name, baseURL: base, authorization: authorization, methods: methods,
      vendor: VendorExtras(object.extras(&context).entries + kept))
  }
}
