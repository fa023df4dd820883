import ArgumentParser

/// A kind of documents, as commands name it.
enum DocumentWord: String, CaseIterable, ExpressibleByArgument {
  case runbook
  case integration
  case scheme
  case template
  case dataSource = "data_source"

  /// The part of the path of its routes.
  var path: String { rawValue + "s" }
}

/// A document that a command names: `NAME`, or `KIND:NAME` where more than one has the name.
struct DocumentAddress {
  let kind: DocumentWord
  let name: String

  static func find(_ text: String, _ api: APIClient) async throws(CommandFailure) -> DocumentAddress {
    for kind in DocumentWord.allCases where text.hasPrefix(kind.rawValue + ":") {
      return DocumentAddress(kind: kind, name: String(text.dropFirst(kind.rawValue.count + 1)))
    }
    var found: [DocumentWord] = []
    for kind in DocumentWord.allCases {
      let answer = try await api.exchange(.GET, APIPath("api", kind.path, text, "versions"))
      // A kind that the caller may not read is none that he means.
      guard [200, 403, 404].contains(answer.status) else { throw answer.failure(address: api.address) }
      if answer.status == 200 { found.append(kind) }
    }
    guard let kind = found.first else {
      throw CommandFailure(
        .notSo, "there is no document `\(SafeText.show(text))` of any kind",
        remedy: "`chancery runbooks`, `integrations`, `schemes`, `templates` and `data-sources` list them.")
    }
    guard found.count == 1 else {
      let names = found.map { "\($0.rawValue):\(SafeText.show(text))" }
      throw CommandFailure(
        .usage, "there are \(found.count) documents `\(SafeText.show(text))`",
        remedy: "Write \(names.joined(separator: " or ")).")
    }
    return DocumentAddress(kind: kind, name: text)
  }

  func path(_ verb: String, query: [(name: String, value: String)] = []) -> APIPath {
    APIPath(["api", kind.path, name, verb], query: query)
  }
}
