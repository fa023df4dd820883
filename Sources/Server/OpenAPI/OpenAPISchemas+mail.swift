import Egress
import Runbooks

extension OpenAPISchemas {
  static let mail: [(name: String, schema: OpenAPISchema)] = [
    ("TemplateList", .object([.always("templates", .list(.named("TemplateSummary"))), unreadableDocuments])),
    ("TemplateSummary", .object(templateKeys)),
    ("Template", .object(templateKeys + [.always("document", .open([]), "The template as a document.")])),
    ("DataSourceList", .object([.always("data_sources", .list(.named("DataSourceSummary"))), unreadableDocuments])),
    ("DataSourceSummary", .object(dataSourceKeys)),
    ("DataSource", .object(dataSourceKeys + [.always("document", .open([]), "The data source as a document.")])),
    ("MailServer", mailServer), ("MailServerRequest", mailServerRequest),
    ("MailTest", .object([.always("to", .text, "One mail address.")])),
  ]

  private static let templateKeys: [OpenAPISchema.Member] = [
    .always("id", .text, "The name that runbooks use."), .always("subject", .text), .always("has_text", .flag),
    .always("has_html", .flag), .always("revision", .integer(from: 1)), .always("updated_at", .time),
  ]

  private static let dataSourceKeys: [OpenAPISchema.Member] = [
    .always("id", .text, "The name that steps use."), .always("kind", .oneOf(SQLDialect.allCases.map(\.rawValue))),
    .always("access", .oneOf(DataSourceDocument.Access.allCases.map(\.rawValue))),
    .always("revision", .integer(from: 1)), .always("updated_at", .time),
  ]

  private static let security: OpenAPISchema = .oneOf(MailSecurity.allCases.map(\.rawValue))

  private static let mailServer: OpenAPISchema = .object([
    .always("host", .text), .always("port", .integer(from: 1, through: 65_535)), .always("tls", security),
    .always("user", .orNull(.text), "Who logs in; null: nobody."), .always("from", .text),
    .always("trust", .orNull(.text), "Certificates in PEM form that are trusted beside the system's."),
    .always("has_password", .flag), .always("updated_at", .time),
  ])

  private static let mailServerRequest: OpenAPISchema = .object([
    .always("host", .text), .always("port", .integer(from: 1, through: 65_535)), .always("tls", security),
    .sometimes("user", .orNull(.text), "Who logs in; nobody without it."), .always("from", .text, "One mail address."),
    .sometimes("trust", .orNull(.text), "Certificates in PEM form."),
    .sometimes(
      "password", .orNull(.text),
      "Without it the one that is kept stays, where it was entered for the same server, user and trust."),
  ])
}
