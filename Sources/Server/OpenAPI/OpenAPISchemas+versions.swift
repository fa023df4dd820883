extension OpenAPISchemas {
  static let versions: [(name: String, schema: OpenAPISchema)] = [
    ("VersionList", .object([.always("versions", .list(.named("Version")))])),
    (
      "Version",
      .object([
        .always("revision", .integer(from: 1)),
        .always("name", .text),
        .always("is_active", .flag),
        .always("saved_at", .time),
        .always("saved_by", .orNull(.text), "The id of the entity that saved it; null where the service itself did."),
        .always("is_current", .flag),
      ])
    ),
    (
      "VersionDifference",
      .object([
        .always("from", .integer(from: 1)),
        .always("to", .integer(from: 1)),
        .always("diff", .text, "In the unified format, of the documents' native JSON; empty where they are equal."),
      ])
    ),
    ("KeptVariableList", .object([.always("kept", .list(.named("KeptVariable")))])),
    (
      "KeptVariable",
      .object([
        .always("name", .text),
        .always(
          "kept_at", .orNull(.time), "When the run ended that left it; null where an earlier release kept it."),
        .always("size_class", .integer(from: 64), "Bytes of the value with its labels, rounded up."),
        .always("is_used", .flag, "Whether the runbook as it is now keeps a variable of this name."),
      ])
    ),
    ("GroupList", .object([.always("groups", .list(.named("Group")))])),
    (
      "Group",
      .object([.always("name", .text), .always("runbooks", .integer(from: 0), "How many runbooks are in it.")])
    ),
    ("GroupName", .object([.always("name", .text, "The new name.")])),
    ("RollbackRequest", .object([.always("revision", .integer(from: 1), "The revision to go back to.")])),
  ]
}
