/// What a verifier wants of a signature, beyond that it is right (RFC 9421 §3.2.1).
package struct MessageSignaturePolicy: Sendable {
  /// Which signature of the message counts.
  package let choice: ReceivedSignature.Choice
  /// Must all be covered, with exactly these parameters.
  package let requiredComponents: [ComponentIdentifier]
  /// The tag that the signature must have; nil for any or none.
  package let tag: String?
  /// Seconds after `created` within which the signature counts, ends included.
  package let maximumAgeSeconds: Int64
  /// Seconds that `created` may lie ahead of our clock, ends included.
  package let maximumFutureSeconds: Int64
  package let requiresNonce: Bool
  /// Whether a `Content-Digest` that is there must fit the body although it need not be covered.
  package let checksDigestWhenPresent: Bool
  package let fieldTypes: StructuredFieldTypes

  /// Why a policy was refused.
  package enum Fault: Error, Hashable, Sendable {
    /// Written wrongly, or twice.
    case component(ComponentFault)
    case repeatedComponent
    /// A component of responses, or `req`: nothing a request could cover.
    case notOfRequests
    case tooManyComponents
    case label
    case window
  }

  /// - Parameters:
  ///   - requiredComponents: as `ComponentIdentifier.init(_: String)` reads them.
  ///   - isForRequests: refuses what a request cannot cover.
  package init(
    label: String? = nil, tag: String? = nil, requiredComponents: [String], maximumAgeSeconds: Int64 = 300,
    maximumFutureSeconds: Int64 = 30, requiresNonce: Bool = false, checksDigestWhenPresent: Bool = true,
    fieldTypes: StructuredFieldTypes = .registered, isForRequests: Bool = true
  ) throws(Fault) {
    guard requiredComponents.count <= MessageSignatureLimits.components else { throw .tooManyComponents }
    var components: [ComponentIdentifier] = []
    for text in requiredComponents {
      let component = try Self.component(text)
      guard !components.contains(component) else { throw .repeatedComponent }
      if isForRequests, component.isOfRequest || component.source == .status { throw .notOfRequests }
      components.append(component)
    }
    let windows = 0...MessageSignatureLimits.windowSeconds
    guard windows.contains(maximumAgeSeconds), windows.contains(maximumFutureSeconds) else { throw .window }
    if let label {
      guard StructuredField.isKey(label.utf8), label.utf8.count <= 64 else { throw .label }
      choice = .label(label)
    } else if let tag {
      choice = .tag(tag)
    } else {
      choice = .only
    }
    let isTag = tag.map { text in
      (1...MessageSignatureLimits.parameterBytes).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
    guard isTag != false else { throw .label }
    self.tag = tag
    self.requiredComponents = components
    self.maximumAgeSeconds = maximumAgeSeconds
    self.maximumFutureSeconds = maximumFutureSeconds
    self.requiresNonce = requiresNonce
    self.checksDigestWhenPresent = checksDigestWhenPresent
    self.fieldTypes = fieldTypes
  }

  private static func component(_ text: String) throws(Fault) -> ComponentIdentifier {
    do throws(ComponentFault) {
      return try ComponentIdentifier(text)
    } catch {
      throw .component(error)
    }
  }

  /// Whether a message that is let in had its body signed: a digest that we check is covered.
  package var bindsBody: Bool { requiredComponents.contains(where: \.bindsBody) }

  /// Whether something that must be signed can differ between two deliveries of one second: the body's digest, a nonce, a
  /// field of the sender's own or a named parameter. `created` has whole seconds, as `Date` has, and where a request goes is
  /// the same for all.
  package var tellsDeliveriesApart: Bool {
    requiresNonce || bindsBody || requiredComponents.contains(where: \.canNameDelivery)
  }

  /// Whether this field is covered, whole.
  package func covers(field name: String) -> Bool {
    requiredComponents.contains { component in
      guard component.name == name.lowercased(), !component.isOfRequest,
        case .field(let form, inTrailers: false) = component.source
      else { return false }
      if case .member = form { return false }
      return true
    }
  }

  /// Whether the method is covered.
  package var bindsMethod: Bool { requiredComponents.contains { $0.source == .method } }

  /// Whether host, path and query are covered.
  package var bindsTarget: Bool {
    func covers(_ source: ComponentIdentifier.Source) -> Bool { requiredComponents.contains { $0.source == source } }
    return covers(.targetURI)
      || (covers(.authority) && (covers(.requestTarget) || (covers(.path) && covers(.query))))
  }
}

extension ComponentIdentifier {
  /// A `Content-Digest` of the message itself, whole, or the member of an algorithm that is checked.
  var bindsBody: Bool {
    guard name == "content-digest", !isOfRequest, case .field(let form, inTrailers: false) = source else {
      return false
    }
    if case .member(let key) = form { return ContentDigest.Algorithm(rawValue: key) != nil }
    return true
  }

  /// Fields that are alike in the deliveries of one sender in one second.
  private static let alikeFields: Set<String> = [
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "date", "host", "user-agent",
  ]

  /// Whether the component can have another value in each delivery, whenever it is made.
  var canNameDelivery: Bool {
    switch source {
    case .queryParameter: true
    case .field: !Self.alikeFields.contains(name)
    case .method, .targetURI, .authority, .scheme, .requestTarget, .path, .query, .status: false
    }
  }
}
