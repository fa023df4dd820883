import TestSupport
import Testing

@testable import Runbooks

/// Vendor documents in short, written by ourselves in the documented shape.
enum VendorDocuments {
  struct NotThere: Error {}

  static let guid = "5b0f7a52-3c1d-4f0e-9a3b-1d7c2f6e8a90"

  static func runbook(_ keys: String = "", steps: String = "", type: String = "1") -> String {
    #"{"type": \#(type), "id": null, "name": "Imported", \#(keys.isEmpty ? "" : keys + ", ")"steps": [\#(steps)]}"#
  }

  static func end(_ id: Int, action: Int = 0) -> String {
    #"{"step_id": \#(id), "name": "End \#(id)", "isend": true, "steptype": 3, "auto_action": \#(action), "#
      + #""actions": []}"#
  }

  static func edge(_ from: Int, _ to: Int, seq: Int, approval: Int? = nil) -> String {
    let result = approval.map { #", "approval_result": \#($0)"# } ?? ""
    return #"{"start_step": \#(from), "end_step": \#(to), "seq": \#(seq), "action_name": "E\#(seq)"\#(result)}"#
  }

  static func method(_ id: Int, isStart: Bool = false, guid: String = guid, keys: String = "", edges: [String])
    -> String
  {
    step(
      id, type: 2, action: 6, isStart: isStart,
      keys: #""auto_action_type_guid": "\#(guid)""# + (keys.isEmpty ? "" : ", " + keys), edges: edges)
  }

  static func step(_ id: Int, type: Int, action: Int, isStart: Bool = false, keys: String = "", edges: [String])
    -> String
  {
    #"{"step_id": \#(id), "name": "Step \#(id)", "isstart": \#(isStart), "steptype": \#(type), "#
      + #""auto_action": \#(action), "#
      + (keys.isEmpty ? "" : keys + ", ") + #""actions": [\#(edges.joined(separator: ", "))]}"#
  }

  static func integration(_ keys: String = #""authorizationtype": 0"#, methods: String = method()) -> String {
    #"{"name": "Their API", "resourcebaseurl": "https://api.example.com", \#(keys), "methods": [\#(methods)]}"#
  }

  static func method(_ keys: String = #""method": 1, "requesttype": 0, "resource": "/x""#, guid: String = guid)
    -> String
  {
    #"{"guid": "\#(guid)", "name": "Call It", \#(keys)}"#
  }

  /// Reads a runbook together with the integration that its methods are in.
  static func read(_ runbook: String, with integration: String = integration()) -> ReadDocuments {
    checked(Documents.read([("r.json", runbook), ("i.json", integration)]))
  }

  static func read(integration: String) -> ReadDocuments {
    checked(Documents.read([("i.json", integration)]))
  }

  /// Whatever a test reads comes back the same from its export.
  private static func checked(_ read: ReadDocuments) -> ReadDocuments {
    guard !read.faults.hasErrors else { return read }
    let again = VendorExportTests.again(read)
    #expect(again.runbooks.map(\.document) == read.runbooks.map(\.document))
    #expect(again.integrations.map(\.document) == read.integrations.map(\.document))
    return read
  }
}
