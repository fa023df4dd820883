import Foundation
import SourceText
import TestSupport
import Testing

@testable import Keyring

@Suite("The table of purposes")
struct PurposeTableTests {
  private struct Row: Equatable {
    var name: String
    var algorithm: String
    var context: [String]
    var rotation: String
  }

  private func rows() throws -> [Row] {
    let url = Vectors.checkout.appendingPathComponent("keys/purposes.yaml")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let documents = try SourceTape.parse(text, file: "keys/purposes.yaml").get()
    let root = try #require(documents.first)
    #expect(documents.count == 1)
    #expect(root.keys == ["purposes"])
    return try (root["purposes"]?.sequence ?? []).map { row in
      #expect(row.keys == ["name", "algorithm", "context", "rotation", "protects"])
      #expect(row["protects"]?.text?.isEmpty == false)
      return Row(
        name: try #require(row["name"]?.text), algorithm: try #require(row["algorithm"]?.text),
        context: (row["context"]?.sequence ?? []).compactMap(\.text), rotation: try #require(row["rotation"]?.text))
    }
  }

  @Test("keys/purposes.yaml and the code list the same purposes, field by field")
  func table() throws {
    let table = try rows().sorted { $0.name < $1.name }
    let code = Purpose.allCases.map { purpose in
      Row(
        name: purpose.rawValue, algorithm: purpose.algorithm.rawValue, context: purpose.contextFields,
        rotation: purpose.rotation.rawValue)
    }.sorted { $0.name < $1.name }
    #expect(table == code)
    #expect(table.count == Purpose.allCases.count)
  }

  @Test("Every purpose has a place of its own among the keys of a term")
  func places() {
    #expect(Purpose.allCases.map(\.index).sorted() == Array(0..<Purpose.allCases.count))
  }
}
