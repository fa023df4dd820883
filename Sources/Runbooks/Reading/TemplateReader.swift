import SourceText

/// Reads a native mail template.
enum TemplateReader {
  static func read(_ node: SourceNode, _ context: inout ReadingContext) -> TemplateDocument? {
    guard let object = ObjectReader(node, as: .template, part: "", &context),
      let id = object.text("template", &context),
      let subject = object.text("subject", &context)
    else { return nil }
    NameRules.checkIdentifier(
      id, what: "the template", at: object.value("template")?.place ?? node.place, &context)
    let document = TemplateDocument(
      id: id, notes: object.text("notes", &context) ?? "", subject: subject, text: object.text("text", &context),
      html: object.text("html", &context))
    if document.text == nil, document.html == nil {
      context.error(.missingKey, at: node.place, "a template has `text`, `html` or both")
    }
    if subject.isEmpty || MailText.line(subject, maximumBytes: .max) != subject {
      context.error(
        .badValue, at: object.value("subject")?.place ?? node.place,
        "`subject` must be one line, without control characters")
    }
    check(subject, "subject", TemplateLimits.subjectBytes, object, &context)
    check(document.text, "text", TemplateLimits.bodyBytes, object, &context)
    check(document.html, "html", TemplateLimits.bodyBytes, object, &context)
    return document
  }

  private static func check(
    _ text: String?, _ key: String, _ limit: Int, _ object: ObjectReader, _ context: inout ReadingContext
  ) {
    guard let text else { return }
    let place = object.value(key)?.place ?? object.node.place
    if text.utf8.count > limit { context.error(.badValue, at: place, "`\(key)` has more than \(limit) bytes") }
    let names = TemplateDocument.Variable.allCases.map(\.rawValue)
    for name in Set(TemplatePieces(text).unknown).sorted() {
      let nearest = NearestName.of(name, among: names)
      context.error(
        .unknownName, at: place, "there is no variable \(ShownName.of("$-" + name)) for templates",
        remedy: nearest.map { "did you mean `$-\($0)`?" }
          ?? "there are " + names.map { "$-" + $0 }.joined(separator: ", "))
    }
  }
}
