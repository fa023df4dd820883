import Encodings
import Foundation
import TestSupport
import Testing

@testable import Runbooks

@Suite("The list of native keys")
struct DocumentSchemaTests {
  private func page(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: Vectors.checkout.appendingPathComponent(path)), as: UTF8.self)
  }

  @Test("The schema that ships is the one that the list of keys gives")
  func schema() throws {
    #expect(try page("docs/schema/chancery.schema.json") == DocumentSchema.text)
    let tape = try JSONTape(Array(DocumentSchema.text.utf8))
    #expect(tape.member(tape.root, "$defs").map { tape.count($0) } == NativeObject.allCases.count)
  }

  @Test("The authors' page explains every key")
  func page() throws {
    let text = try page("docs/documents.md")
    let missing = NativeObject.allCases.flatMap { object in
      object.keys.filter { !text.contains("`\($0.name)`") }.map { "\(object.rawValue).\($0.name)" }
    }
    #expect(missing == [])
  }

  @Test("Keys are unique in their object and have a summary")
  func keys() {
    for object in NativeObject.allCases {
      #expect(Set(object.keys.map(\.name)).count == object.keys.count)
      for key in object.keys { #expect(key.summary.hasSuffix(".") || key.summary.contains(":"), "\(key.name)") }
    }
  }

  @Test("Every key that is written is one of the list, so every written document can be read", arguments: 0..<40)
  func written(seed: Int) {
    var documents = RandomDocuments(seed: UInt64(seed))
    let read = Documents.read([
      ("r.json", String(decoding: documents.runbook().canonicalJSON, as: UTF8.self)),
      ("i.json", String(decoding: documents.integration().canonicalJSON, as: UTF8.self)),
    ])
    #expect(
      read.faults.filter {
        [.unknownKey, .wrongType, .missingKey, .conflictingKeys].contains($0.code) && $0.severity == .error
      }.isEmpty)
  }
}
