import SourceText
import Webhooks

/// Reads a native signature scheme.
enum SchemeReader {
  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> SchemeDocument? {
    guard let object = ObjectReader(node, as: .scheme, part: "", &context), let id = object.text("scheme", &context)
    else { return nil }
    if !SignatureScheme.isSchemeName(id) {
      context.error(
        .badName, at: object.value("scheme")?.place ?? node.place, WebhookFault.schemeName.message)
      return nil
    }
    let accepted = codes(object, &context)
    guard let node = object.value("definition") else { return nil }
    do throws(SchemeFault) {
      return SchemeDocument(
        id: id, notes: object.text("notes", &context) ?? "", acceptedWarnings: accepted,
        replacesBuiltIn: object.bool("replaces_built_in", &context) ?? false,
        definition: try SchemeCatalogue.definition(named: id, node))
    } catch {
      context.error(.badScheme, at: error.place, error.message)
      return nil
    }
  }

  private static func codes(_ object: ObjectReader, _ context: inout ReadingContext) -> [String] {
    let codes = object.texts("accept_warnings", &context)
    for (index, code) in codes.enumerated() where !SchemeWarning.codes.contains(code) {
      let nearest = NearestName.of(code, among: SchemeWarning.codes)
      context.error(
        .badValue, at: object.value("accept_warnings")?[index]?.place ?? object.node.place,
        "there is no warning \(ShownName.of(code))", remedy: nearest.map { "did you mean `\($0)`?" })
    }
    return codes
  }
}
