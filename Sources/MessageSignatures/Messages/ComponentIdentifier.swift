import Encodings

/// The name of one thing that a signature covers, with its parameters (RFC 9421 §2).
///
/// Two identifiers are the same when name and parameters are, in whatever order the parameters stand (§2); its text
/// keeps the order.
package struct ComponentIdentifier: Sendable {
  /// What the name and the parameters come to.
  enum Source: Hashable, Sendable {
    case field(form: FieldForm, inTrailers: Bool)
    case method, targetURI, authority, scheme, requestTarget, path, query, status
    /// The name as it is written in the identifier: percent-encoded.
    case queryParameter(name: String)
  }

  /// How the value of a field stands in the signature base (§2.1).
  enum FieldForm: Hashable, Sendable {
    case combined
    /// `sf`
    case strict
    /// `key`
    case member(String)
    /// `bs`
    case binary
  }

  package let name: String
  package let parameters: [StructuredField.Parameter]
  let source: Source
  /// `req`: of the request that is answered (§2.4).
  let isOfRequest: Bool

  /// What an item of the list in `Signature-Input` stands for.
  package init(_ item: StructuredField.Item) throws(ComponentFault) {
    guard case .string(let name) = item.value else { throw .notAName }
    self.name = name
    parameters = item.parameters
    var flags = Flags()
    for parameter in item.parameters { try flags.note(parameter) }
    isOfRequest = flags.isOfRequest
    source = name.utf8.first == 0x40 ? try flags.derived(name) : try flags.field(name)
  }

  /// What people write: `@method`, `content-digest`, or with parameters `"@query-param";name="Pet"`.
  package init(_ text: String) throws(ComponentFault) {
    if text.utf8.first == 0x22 {
      guard let item = try? StructuredField.item([Array(text.utf8)]) else { throw .notAName }
      try self.init(item)
    } else {
      try self.init(StructuredField.Item(.string(text)))
    }
  }

  /// The identifier as it stands in the signature base (§2.5).
  package var serialized: [UInt8] { StructuredField.serialize(item) }

  var item: StructuredField.Item { StructuredField.Item(.string(name), parameters) }

  /// The parameters as they are read, one after another.
  private struct Flags {
    var isStrict = false
    var isBinary = false
    var isInTrailers = false
    var isOfRequest = false
    var key: String?
    var queryName: String?

    mutating func note(_ parameter: StructuredField.Parameter) throws(ComponentFault) {
      switch (parameter.key, parameter.value) {
      case ("sf", .boolean(true)): isStrict = true
      case ("bs", .boolean(true)): isBinary = true
      case ("tr", .boolean(true)): isInTrailers = true
      case ("req", .boolean(true)): isOfRequest = true
      case ("key", .string(let text)): key = text
      case ("name", .string(let text)): queryName = text
      default: throw .unknownParameter
      }
    }

    func field(_ name: String) throws(ComponentFault) -> Source {
      let isName = !name.isEmpty && name.utf8.allSatisfy { StructuredField.isTokenByte($0) && !(0x41...0x5A ~= $0) }
      guard isName else { throw .notAName }
      guard queryName == nil else { throw .unknownParameter }
      // A value cannot be wrapped as bytes and be read as a structured field too (§2.5).
      guard !isBinary || (!isStrict && key == nil) else { throw .incompatibleParameters }
      let form: FieldForm = if let key { .member(key) } else { isStrict ? .strict : isBinary ? .binary : .combined }
      return .field(form: form, inTrailers: isInTrailers)
    }

    func derived(_ name: String) throws(ComponentFault) -> Source {
      guard !isStrict, !isBinary, !isInTrailers, key == nil else { throw .unknownParameter }
      if name == "@query-param" {
        guard let queryName else { throw .notAName }
        return .queryParameter(name: queryName)
      }
      guard queryName == nil else { throw .unknownParameter }
      switch name {
      case "@method": return .method
      case "@target-uri": return .targetURI
      case "@authority": return .authority
      case "@scheme": return .scheme
      case "@request-target": return .requestTarget
      case "@path": return .path
      case "@query": return .query
      case "@status": return .status
      default: throw .unknownComponent
      }
    }
  }
}

extension ComponentIdentifier: Hashable {
  package static func == (left: ComponentIdentifier, right: ComponentIdentifier) -> Bool {
    left.name == right.name && Set(left.parameters) == Set(right.parameters)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(Set(parameters))
  }
}

/// Why a component cannot be covered, or has no value in this message. No content is carried.
package enum ComponentFault: Error, Hashable, Sendable {
  /// No component name, or one in upper case.
  case notAName
  case unknownComponent
  case unknownParameter
  case incompatibleParameters
  /// `req` in a request, or without the request; a component of requests in a response, and the reverse.
  case wrongMessage
  /// The field, the member or the parameter is not there.
  case missing
  /// The parameter of the query is there more than once.
  case repeated
  /// Not the structured field that it has to be, a line end inside, or a broken escape.
  case malformed
  /// `sf` on a field of which nobody said what type it has.
  case unknownFieldType
  case tooMany
}
