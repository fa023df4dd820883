extension OpenAPIOperations {
  static let mail: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/templates", "listTemplates", "List the mail templates.",
      answers: [.json("TemplateList", "All templates.")]),
    OpenAPIOperation(
      "GET /api/templates/{id}", "readTemplate", "Read a mail template.",
      answers: [.json("Template", "The template with its document.")]),
    OpenAPIOperation(
      "DELETE /api/templates/{id}", "deleteTemplate", "Delete a mail template that no runbook names.",
      answers: [.noContent("Deleted, its earlier saves as well.")]),
    OpenAPIOperation(
      "GET /api/data_sources", "listDataSources", "List the data sources.",
      answers: [.json("DataSourceList", "All data sources.")]),
    OpenAPIOperation(
      "GET /api/data_sources/{id}", "readDataSource", "Read a data source; its password is never read.",
      answers: [.json("DataSource", "The data source with its document.")]),
    OpenAPIOperation(
      "GET /api/mail", "readMail", "Read the mail server's settings; its password is never read.",
      answers: [.json("MailServer", "The settings.")]),
    OpenAPIOperation(
      "PUT /api/mail", "writeMail",
      "Write the mail server's settings. The password is sealed with the server's name and port.",
      body: .required("MailServerRequest"), answers: [.noContent("Written; mails that waited are sent.")]),
    OpenAPIOperation(
      "DELETE /api/mail", "deleteMail",
      "Delete the mail server's settings and password; refused while a runbook asks for mails.",
      answers: [.noContent("Deleted.")]),
    OpenAPIOperation(
      "POST /api/mail/test", "testMail", "Send one mail now, to see whether the settings are right.",
      body: .required("MailTest"), answers: [.noContent("The server took the mail.")]),
  ]
}
