extension OpenAPIOperations {
  static let deletions: [OpenAPIOperation] = [
    OpenAPIOperation(
      "DELETE /api/runbooks/{id}", "deleteRunbook",
      "Delete a runbook with its earlier saves, grants, entered values, kept variables and figures; refused while another "
        + "runbook starts it, or a run of it is not over. Its finished runs stay until their retention ends.",
      answers: [.noContent("Deleted.")]),
    OpenAPIOperation(
      "DELETE /api/integrations/{id}", "deleteIntegration",
      "Delete an integration with its earlier saves, entered values and token; refused while a runbook, or a run that is "
        + "not over, calls it.",
      answers: [.noContent("Deleted.")]),
    OpenAPIOperation(
      "DELETE /api/data_sources/{id}", "deleteDataSource",
      "Delete a data source that no runbook, and no run that is not over, uses.",
      answers: [.noContent("Deleted, its earlier saves as well.")]),
    OpenAPIOperation(
      "DELETE /api/schemes/{id}", "deleteScheme",
      "Delete a signature scheme of the installation's own; refused while an endpoint uses it, unless one of ours has its "
        + "name: then endpoints have that one again.",
      answers: [.noContent("Deleted, its earlier saves as well.")]),
  ]

  /// Variables that are kept between runs.
  static let kept: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/runbooks/{id}/kept", "listKeptVariables",
      "List the variables that are kept for the runbook's next run, without their values.",
      answers: [.json("KeptVariableList", "By name.")]),
    OpenAPIOperation(
      "DELETE /api/runbooks/{id}/kept/{name}", "clearKeptVariable",
      "Clear a kept variable: runs that begin afterwards begin with what the document says.",
      answers: [.noContent("Cleared.")]),
  ]
}
