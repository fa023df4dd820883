import Access
import Encodings
import Runbooks
import Runner
import Storage

/// Mail templates: list, read and delete. They are imported as other documents are.
enum TemplateRoutes {
  static let routes: [Route] =
    DocumentRoutes<TemplateDocument>(
      plural: "templates", kind: "template", storedKind: .template, list: { try await $0.templates() },
      find: { try await $0.template($1) },
      summary: { document, writer in
        for (key, text) in [("id", document.id), ("subject", document.subject)] {
          writer.key(key)
          writer.string(text)
        }
        for (key, isThere) in [("has_text", document.text != nil), ("has_html", document.html != nil)] {
          writer.key(key)
          writer.bool(isThere)
        }
      }, canonicalJSON: { $0.canonicalJSON }
    ).routes + [
      Route(["DELETE"], "/api/templates/{id}", .token(.delete, path: "api/templates/{id}")) { core, request, who in
        guard let who else { throw Problem.unauthenticated }
        try await TemplateDeletion(library: core.library).delete(request.parameter("id"), by: who)
        return .noContent
      }
    ]
}
