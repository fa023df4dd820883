import Foundation
import SourceText
import TestSupport

@testable import Runbooks

/// Documents for tests.
enum Documents {
  /// Reads texts as files, named in order `a.yaml` (or as given), with ids `fresh-1`, …
  static func read(
    _ files: [(name: String, text: String)], known: [IntegrationDocument]? = nil,
    options: CheckOptions = CheckOptions()
  ) -> ReadDocuments {
    var count = 0
    return DocumentReader.read(
      files.map { DocumentFile(name: $0.name, bytes: Array($0.text.utf8)) }, known: known, options: options
    ) {
      count += 1
      return "fresh-\(count)"
    }
  }

  /// Reads one native text, named `a.yaml`.
  static func read(_ text: String, known: [IntegrationDocument]? = nil) -> ReadDocuments {
    read([("a.yaml", text)], known: known)
  }

  static func example(_ path: String) throws -> (name: String, text: String) {
    let url = Vectors.checkout.appendingPathComponent("Examples").appendingPathComponent(path)
    return (path, String(decoding: try Data(contentsOf: url), as: UTF8.self))
  }

  /// The faults as `check` prints them.
  static func faults(_ text: String, known: [IntegrationDocument]? = nil) -> [String] {
    read(text, known: known).faults.map(\.rendered)
  }

  /// A runbook around one block of steps, which begin on line 3.
  static func runbook(steps: String) -> String {
    "runbook: r\nsteps:\n" + steps
  }
}
