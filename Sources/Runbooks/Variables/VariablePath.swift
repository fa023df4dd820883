package import Labels

/// Where a value is read from: a root and a path below it, as `<<response^choices[0]^text!>>` writes it
/// (runbooks.md §2).
///
/// The root is a name. Some names are reserved (`RootKind`); every other one is a variable of the run.
package struct VariablePath: Hashable, Sendable {
  package let root: String
  /// Below the root; its `isBare` is the trailing `!`.
  package let path: ValuePath

  package init(root: String, path: ValuePath = .whole) {
    self.root = root
    self.path = path
  }

  /// The longest path in UTF-8 bytes, and the most steps.
  package static let maximumBytes = 1_024
  package static let maximumSteps = 64

  /// Reads the text between `<<` and `>>`.
  ///
  /// The text has one spelling per meaning: no space around it, no leading zero in an index, so that
  /// `text` gives back what was read.
  package init(parsing text: String) throws(VariablePathFault) {
    guard text.utf8.count <= Self.maximumBytes else { throw .tooLong }
    guard !text.isEmpty else { throw .empty }
    let utf8 = text.utf8
    let rootEnd =
      utf8.firstIndex { $0 == UInt8(ascii: "^") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "!") }
      ?? utf8.endIndex
    let root = String(text[..<rootEnd])
    let rest = String(text[rootEnd...])
    try Self.checkRoot(root)
    let path: ValuePath
    do {
      path = try ValuePath(parsing: rest)
    } catch .pathSyntax(let offset) {
      throw .malformed(offset: root.utf8.count + offset)
    } catch {
      throw .malformed(offset: root.utf8.count)
    }
    guard path.steps.count <= Self.maximumSteps else { throw .tooLong }
    guard path.description.utf8.elementsEqual(rest.utf8) else { throw .malformed(offset: root.utf8.count) }
    self.init(root: root, path: path)
  }

  private static func checkRoot(_ root: String) throws(VariablePathFault) {
    guard !root.isEmpty else { throw .noRoot }
    guard root.utf8.first != UInt8(ascii: " "), root.utf8.last != UInt8(ascii: " ") else { throw .outerSpace }
    let offset = root.utf8.enumerated().first { _, byte in
      byte < 0x20 || byte == 0x7F || [UInt8](#"<>"]\"#.utf8).contains(byte)
    }?.offset
    if let offset { throw .malformed(offset: offset) }
  }

  /// The text that reads back to this path.
  package var text: String { root + path.description }

  /// Whether it ends in `!`.
  package var isBare: Bool { path.isBare }

  /// What its first word names.
  package var rootKind: RootKind { RootKind(rootName: root) }
}

/// What the first word of a path names.
package enum RootKind: Hashable, Sendable {
  /// The body of the request that started the run.
  case request
  case requestHeaders
  case requestQuery
  /// The body of the step's answer.
  case response
  case responseHeaders
  case status
  /// Why the last failure edge was taken: `failure^reason`, `failure^step`.
  case failure
  /// A record that an event or a button started the run with (`ticket`, `action`, …).
  case record(String)
  /// A value that the service provides (`halo_url`: its public URL).
  case builtIn(String)
  case variable(String)

  package init(rootName name: String) {
    switch name {
    case "request": self = .request
    case "request_headers": self = .requestHeaders
    case "request_query": self = .requestQuery
    case "response": self = .response
    case "response_headers": self = .responseHeaders
    case "status": self = .status
    case "failure": self = .failure
    case "halo_url": self = .builtIn(name)
    default: self = Self.recordNames.contains(name) ? .record(name) : .variable(name)
    }
  }

  /// Records that can start a run from inside.
  package static let recordNames: Set<String> = [
    "ticket", "action", "client", "site", "user", "device", "quotation", "purchase_order", "invoice",
    "sales_order",
  ]

  /// Known only while, and after, the step's own answer is there.
  package var isOfAnswer: Bool {
    switch self {
    case .response, .responseHeaders, .status: true
    default: false
    }
  }

  /// Known only to a run that a request started.
  package var isOfRequest: Bool {
    switch self {
    case .request, .requestHeaders, .requestQuery: true
    default: false
    }
  }

  /// A variable may not take this name.
  package static func isReserved(_ name: String) -> Bool {
    if case .variable = RootKind(rootName: name) { return false }
    return true
  }
}

/// Why a text is no path. Offsets are UTF-8 bytes from its start.
package enum VariablePathFault: Error, Hashable, Sendable {
  case empty
  case noRoot
  case outerSpace
  case tooLong
  case malformed(offset: Int)

  /// One clause, without any of the text.
  package var message: String {
    switch self {
    case .empty: "there is no name between << and >>"
    case .noRoot: "the path does not begin with a name"
    case .outerSpace: "there is a space around the name"
    case .tooLong:
      "the path is longer than \(VariablePath.maximumBytes) bytes or has more than \(VariablePath.maximumSteps) steps"
    case .malformed(let offset):
      "the path is malformed at character \(offset + 1): a name, then ^child, [number], [property=value], "
        + "and ! at the end"
    }
  }
}
