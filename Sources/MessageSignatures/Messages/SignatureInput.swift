import Encodings

/// What one signature says about itself: the covered components and the parameters (RFC 9421 §2.3), in their order.
package struct SignatureInput: Sendable {
  package let components: [ComponentIdentifier]
  package let parameters: [StructuredField.Parameter]

  /// Seconds since the epoch.
  package let created: Int64?
  package let expires: Int64?
  package let nonce: String?
  /// The `alg` parameter: what the signer says, which never decides.
  package let algorithmName: String?
  package let keyID: String?
  package let tag: String?

  /// Why a member of `Signature-Input` is none.
  package enum Fault: Error, Hashable, Sendable {
    case component(ComponentFault)
    /// A component that is covered twice (§2).
    case repeatedComponent
    /// A parameter of another type than its own, or too long.
    case parameter
    case tooMany
  }

  /// Reads a member of `Signature-Input` (§4.1). Parameters that this document does not know stay; they are signed.
  package init(_ list: StructuredField.InnerList) throws(Fault) {
    guard list.items.count <= MessageSignatureLimits.components else { throw .tooMany }
    var components: [ComponentIdentifier] = []
    var seen: Set<ComponentIdentifier> = []
    for item in list.items {
      let component = try Self.component(item)
      guard seen.insert(component).inserted else { throw .repeatedComponent }
      components.append(component)
    }
    self.components = components
    parameters = list.parameters
    created = try Self.integer("created", list.parameters)
    expires = try Self.integer("expires", list.parameters)
    nonce = try Self.text("nonce", list.parameters)
    algorithmName = try Self.text("alg", list.parameters)
    keyID = try Self.text("keyid", list.parameters)
    tag = try Self.text("tag", list.parameters)
  }

  /// What is about to be signed. The parameters stand in the order created, expires, keyid, alg, nonce, tag.
  package init(
    components: [ComponentIdentifier], created: Int64? = nil, expires: Int64? = nil, keyID: String? = nil,
    algorithmName: String? = nil, nonce: String? = nil, tag: String? = nil
  ) throws(Fault) {
    var parameters: [StructuredField.Parameter] = []
    for (key, number) in [("created", created), ("expires", expires)] {
      if let number { parameters.append(StructuredField.Parameter(key, .integer(number))) }
    }
    for (key, text) in [("keyid", keyID), ("alg", algorithmName), ("nonce", nonce), ("tag", tag)] {
      guard let text else { continue }
      guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .parameter }
      parameters.append(StructuredField.Parameter(key, .string(text)))
    }
    try self.init(StructuredField.InnerList(components.map(\.item), parameters))
  }

  /// The value of `@signature-params`, and of the member of `Signature-Input` (§2.3).
  package var serialized: [UInt8] {
    StructuredField.serialize(StructuredField.InnerList(components.map(\.item), parameters))
  }

  private static func component(_ item: StructuredField.Item) throws(Fault) -> ComponentIdentifier {
    do throws(ComponentFault) {
      return try ComponentIdentifier(item)
    } catch {
      throw .component(error)
    }
  }

  private static func integer(_ key: String, _ parameters: [StructuredField.Parameter]) throws(Fault) -> Int64? {
    guard let parameter = parameters.first(where: { $0.key == key }) else { return nil }
    guard case .integer(let number) = parameter.value else { throw .parameter }
    return number
  }

  private static func text(_ key: String, _ parameters: [StructuredField.Parameter]) throws(Fault) -> String? {
    guard let parameter = parameters.first(where: { $0.key == key }) else { return nil }
    guard case .string(let text) = parameter.value, text.utf8.count <= MessageSignatureLimits.parameterBytes else {
      throw .parameter
    }
    return text
  }
}
