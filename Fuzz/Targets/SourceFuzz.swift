import Encodings
import Runbooks
import SourceText

extension FuzzTarget {
  static let json = FuzzTarget(name: "json") { (bytes) throws(FuzzFault) in
    guard let tape = try? JSONTape(bytes) else { return }
    let text = tape.canonicalText(tape.root)
    guard let again = try? JSONTape(text) else { throw FuzzFault("the canonical text is no JSON") }
    try hold(again.canonicalText(again.root) == text, "the canonical text is not canonical")
    try hold(again.nodeCount == tape.nodeCount, "the canonical text has another number of values")
    var pending = [tape.root]
    var count = 0
    while let node = pending.popLast() {
      count += 1
      try hold(bytes.indices.contains(tape.range(node)), "a value lies outside of the text")
      if let key = tape.keyBytes(node) { try hold(UTF8Text.isValid(key), "a key is not UTF-8") }
      if let value = tape.stringBytes(node) { try hold(UTF8Text.isValid(value), "a string is not UTF-8") }
      let children = tape.children(node)
      try hold(children.count == tape.count(node), "a container miscounts")
      pending += children
    }
    try hold(count == tape.nodeCount, "not every value is reached")
  }

  static let xml = FuzzTarget(name: "xml") { (bytes) throws(FuzzFault) in
    guard let json = try? XMLReader.json(bytes) else { return }
    guard json.count <= JSONLimits.standard.maximumBytes else { return }
    guard let tape = try? JSONTape(json) else { throw FuzzFault("an XML document became no JSON") }
    try hold(tape.count(tape.root) == 1, "a document has not one root")
  }

  static let yaml = FuzzTarget(name: "yaml") { (bytes) throws(FuzzFault) in
    for name in ["fuzz.yaml", "fuzz.json", "fuzz"] {
      guard case .success(let nodes) = SourceTape.parse(bytes, file: name) else { continue }
      for node in nodes {
        let text = node.jsonText
        switch SourceTape.parse(text, file: "fuzz.json") {
        case .failure(let fault):
          // The JSON text of a deep or long YAML may be past the limits of a JSON file.
          try hold(
            fault.code == .limit, "the JSON of a value is not read: \(fault.rendered)")
        case .success(let again):
          try hold(again.count == 1 && again[0].jsonText == text, "the JSON of a value reads back as another one")
        }
      }
    }
  }

  /// Documents of all kinds: what is accepted is stored, and reads back to the identical value.
  static let document = FuzzTarget(name: "document") { (bytes) throws(FuzzFault) in
    var ids = 0
    let read = DocumentReader.read([DocumentFile(name: "fuzz", bytes: bytes)]) {
      ids += 1
      return "00000000-0000-4000-8000-00000000000\(ids % 10)"
    }
    for fault in read.faults { _ = fault.rendered }
    guard !read.faults.contains(where: { $0.severity == .error }) else { return }
    for one in read.runbooks {
      let stored = one.document.canonicalJSON
      try hold(
        RunbookDocument(canonicalJSON: stored)?.canonicalJSON == stored, "a runbook is stored as another one")
    }
    for one in read.integrations {
      let stored = one.document.canonicalJSON
      try hold(
        IntegrationDocument(canonicalJSON: stored)?.canonicalJSON == stored, "an integration is stored as another one")
    }
  }
}

extension Range<Int> {
  /// Whether all of the other range is in this one.
  func contains(_ other: Range<Int>) -> Bool { lowerBound <= other.lowerBound && other.upperBound <= upperBound }
}
