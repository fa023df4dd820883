import Storage

extension OpenAPIOperations {
  /// Earlier saves of documents, for each kind of them.
  static let versions: [OpenAPIOperation] = DocumentKind.allCases.flatMap { kind in
    let base = "/api/\(kind.rawValue)s/{id}"
    let words = kind.rawValue.split(separator: "_")
    let name = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    let shown = words.joined(separator: " ")
    return [
      OpenAPIOperation(
        "GET \(base)/versions", "list\(name)Versions", "List the saves of the \(shown) that are kept.",
        answers: [.json("VersionList", "The newest first; that is the current one.")]),
      OpenAPIOperation(
        "GET \(base)/diff", "compare\(name)Versions", "Compare two saves of the \(shown).",
        queries: [
          OpenAPIOperation.Query(
            name: "from", schema: .integer(from: 1), note: "The revision to compare with.", isRequired: true),
          OpenAPIOperation.Query(
            name: "to", schema: .integer(from: 1), note: "The revision to compare; the current one if left out."),
        ],
        answers: [.json("VersionDifference", "The difference.")]),
      OpenAPIOperation(
        "POST \(base)/rollback", "rollBack\(name)",
        "Save an earlier text of the \(shown) as a new revision, by an import's checks and rights.",
        body: .required("RollbackRequest"), answers: [.json("ImportResult", "What the import of it did.")],
        problems: OpenAPIProblems.usual + [422]),
    ]
  }

  /// Groups of runbooks.
  static let groups: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/groups", "listGroups", "List the groups of runbooks: those created, and those that documents name.",
      answers: [.json("GroupList", "All groups, by name.")]),
    OpenAPIOperation(
      "PUT /api/groups/{name}", "createGroup", "Create an empty group.",
      answers: [.json("Group", "It is there.")]),
    OpenAPIOperation(
      "POST /api/groups/{name}/rename", "renameGroup", "Give a group and the runbooks in it another name.",
      body: .required("GroupName"), answers: [.json("Group", "It has the new name.")]),
    OpenAPIOperation(
      "DELETE /api/groups/{name}", "deleteGroup", "Delete a group; the runbooks in it fall to no group.",
      answers: [.json("Group", "What it was.")]),
  ]
}
