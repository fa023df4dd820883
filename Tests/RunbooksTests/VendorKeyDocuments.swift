import Encodings
import SourceText

@testable import Runbooks

/// A pair of vendor documents in which any object can be given any key.
struct VendorKeyDocuments {
  /// An object of the documents.
  enum Slot: CaseIterable {
    case runbook
    case methodStep, conditionStep, sqlStep, sleepStep, beginStep, nextStep, startStep, endStep
    case edge
    case condition
    case input, stepOutput, mapping
    case integration
    case method
    case header, output
  }

  typealias Keys = [(key: String, json: String)]

  private var objects: [Slot: Keys] = [
    .runbook: [
      ("type", "1"), ("id", #""0f3c1a9e-1111-4222-8333-444455556666""#), ("name", #""Imported""#), ("active", "true"),
    ],
    .methodStep: step(1, 2, 6, [("isstart", "true"), ("auto_action_type_guid", #""guid""#)]),
    .conditionStep: step(2, 1, 6),
    .sqlStep: step(3, 2, 18, [("message", #""SELECT a FROM t WHERE b = <<v>>""#)]),
    .sleepStep: step(4, 2, 21, [("duration", "60")]),
    .beginStep: step(5, 2, 12, [("message", #""<<list>>""#)]),
    .nextStep: step(6, 2, 13),
    .startStep: step(7, 2, 24, [("start_new_runbook_id", #""other""#)]),
    .endStep: step(9, 3, 0, [("isend", "true")]),
    .edge: edge(1, 2, 1),
    .condition: [
      ("tablename", #""runbookvariable""#), ("fieldname", #""<<v>>""#), ("type", "0"), ("value_type", #""string""#),
      ("value_string", #""x""#),
    ],
    .input: [("key", #""v""#), ("value", #""constant""#)],
    .stepOutput: [("key", #""o""#), ("value", #""response^id""#), ("type", "3")],
    .mapping: [("key", #""m""#), ("value", #""<<response^id>>""#), ("type", "4")],
    .integration: [
      ("name", #""Their API""#), ("resourcebaseurl", #""https://api.example.com""#), ("authorizationtype", "0"),
    ],
    .method: [
      ("guid", #""guid""#), ("name", #""Call It""#), ("method", "1"), ("requesttype", "0"), ("resource", #""/x""#),
    ],
    .header: [("key", #""X-H""#), ("value", #""h""#), ("type", "1")],
    .output: [("key", #""p""#), ("value", #""response^id!""#), ("type", "3")],
  ]

  static let dataSource = "data_source: vendor\nsqlite: crm.db\n"
  /// What step 7 starts.
  static let other = "runbook: other\nsteps: { done: { end: success } }\n"

  private static func step(_ id: Int, _ type: Int, _ action: Int, _ keys: Keys = []) -> Keys {
    [
      ("step_id", "\(id)"), ("name", "\"Step \(id)\""), ("steptype", "\(type)"), ("auto_action", "\(action)"),
    ] + keys
  }

  private static func edge(_ from: Int, _ to: Int, _ seq: Int) -> Keys {
    [
      ("start_step", "\(from)"), ("end_step", "\(to)"), ("seq", "\(seq)"),
      ("approval_result", "\(seq == 1 ? 1 : 0)"), ("action_name", "\"E\(seq)\""),
    ]
  }

  /// Puts a key where it is not yet, or another value where it is.
  mutating func set(_ key: String, _ json: String, in slot: Slot) {
    var keys = objects[slot] ?? []
    if let index = keys.firstIndex(where: { $0.key == key }) {
      keys[index].json = json
    } else {
      keys.append((key, json))
    }
    objects[slot] = keys
  }

  private func text(_ slot: Slot, _ more: Keys = []) -> String { Self.text((objects[slot] ?? []) + more) }

  private static func text(_ keys: Keys) -> String {
    var seen: Set<String> = []
    let parts = keys.filter { seen.insert($0.key).inserted }.map { "\"\($0.key)\":\($0.json)" }
    return "{" + parts.joined(separator: ",") + "}"
  }

  private static func list(_ texts: String...) -> String { "[" + texts.joined(separator: ",") + "]" }
  private static func edges(_ edges: Keys...) -> (key: String, json: String) {
    ("actions", "[" + edges.map { text($0) }.joined(separator: ",") + "]")
  }

  var runbook: String {
    let steps = Self.list(
      text(
        .methodStep,
        [
          ("actions", Self.list(text(.edge), Self.text(Self.edge(1, 9, 2)))),
          ("output_variables", Self.list(text(.stepOutput))),
          ("runbook_variable_mappings", Self.list(text(.mapping))),
        ]),
      text(
        .conditionStep,
        [
          Self.edges(Self.edge(2, 3, 1), Self.edge(2, 9, 2)), ("step_conditions", Self.list(text(.condition))),
        ]),
      text(.sqlStep, [Self.edges(Self.edge(3, 4, 1), Self.edge(3, 9, 2))]),
      text(.sleepStep, [Self.edges(Self.edge(4, 5, 1))]),
      text(.beginStep, [Self.edges(Self.edge(5, 6, 1), Self.edge(5, 9, 2))]),
      text(.nextStep, [Self.edges(Self.edge(6, 7, 1), Self.edge(6, -98, 2))]),
      text(.startStep), text(.endStep, [("actions", "[]")]))
    let inputs = Self.list(text(.input), #"{"key":"list","value":"[]","data_type":1}"#)
    return text(.runbook, [("input_variables", inputs), ("steps", steps)])
  }

  var integration: String {
    let method = text(
      .method, [("headers", Self.list(text(.header))), ("output_variables", Self.list(text(.output)))])
    return text(.integration, [("methods", Self.list(method))])
  }

  func read() -> ReadDocuments { Self.read(runbook: runbook, integration: integration) }

  static func read(runbook: String, integration: String) -> ReadDocuments {
    Documents.read([
      ("r.json", runbook), ("i.json", integration), ("s.yaml", dataSource), ("other.yaml", other),
    ])
  }

  /// The object of a slot in the two documents.
  static func find(_ slot: Slot, runbook: SourceNode, integration: SourceNode) -> SourceNode? {
    func step(_ id: Int64) -> SourceNode? { runbook["steps"]?.sequence?.first { $0["step_id"]?.whole == id } }
    let method = integration["methods"]?.sequence?.first
    return switch slot {
    case .runbook: runbook
    case .methodStep: step(1)
    case .conditionStep: step(2)
    case .sqlStep: step(3)
    case .sleepStep: step(4)
    case .beginStep: step(5)
    case .nextStep: step(6)
    case .startStep: step(7)
    case .endStep: step(9)
    case .edge: step(1)?["actions"]?.sequence?.first
    case .condition: step(2)?["step_conditions"]?.sequence?.first
    case .input: runbook["input_variables"]?.sequence?.first
    case .stepOutput: step(1)?["output_variables"]?.sequence?.first
    case .mapping: step(1)?["runbook_variable_mappings"]?.sequence?.first
    case .integration: integration
    case .method: method
    case .header: method?["headers"]?.sequence?.first
    case .output: method?["output_variables"]?.sequence?.first
    }
  }
}

extension SourceNode {
  /// Whether it has all that the other one has, in lists at the same places; members of objects have no order.
  func covers(_ other: SourceNode) -> Bool {
    switch (kind, other.kind) {
    case (.mapping, .mapping(let members)):
      members.allSatisfy { member in self[member.key.text ?? ""]?.covers(member.value) ?? false }
    case (.sequence(let left), .sequence(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.covers($1) }
    case (.scalar, .scalar): jsonText.elementsEqual(other.jsonText)
    default: false
    }
  }

  /// The same without what is only kept: what a run depends on.
  static func withoutExtras(_ json: [UInt8]) -> String {
    func write(_ node: SourceNode, _ writer: inout JSONWriter) {
      switch node.kind {
      case .mapping(let members):
        // A row that has nothing but its value is written shorter.
        let own = members.filter { $0.key.text != "vendor" }
        if own.count == 1, own.count < members.count, let only = own.first, ["value", "from"].contains(only.key.text) {
          return write(only.value, &writer)
        }
        writer.beginObject()
        for member in members where member.key.text != "vendor" {
          writer.key(member.key.text ?? "")
          write(member.value, &writer)
        }
        writer.endObject()
      case .sequence(let elements):
        writer.beginArray()
        for element in elements { write(element, &writer) }
        writer.endArray()
      case .scalar: node.write(to: &writer)
      }
    }
    guard let node = StoredDocument.node(json) else { return "" }
    var writer = JSONWriter()
    write(node, &writer)
    return String(decoding: writer.finish(), as: UTF8.self)
  }
}
