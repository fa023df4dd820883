import Destinations
import Encodings
import MessageSignatures

/// Whether a method's requests can be signed as its document says: what is to be signed is there, and what the signature
/// adds is not.
struct SigningCheck {
  typealias Finding = DocumentCheck.Finding

  let method: Method
  let document: IntegrationDocument

  /// What is wrong, of the method's own signing at its `signing`. Of its integration's, which serves other methods as well,
  /// what is missing is a warning.
  func findings(at part: String) -> [Finding] {
    method.signings(under: document).flatMap { signing in
      let isOwn = signing == method.signing
      let place = isOwn ? "\(part).signing" : part
      let owned = signing.headers.filter { NameRules.ownedHeaders.contains($0.lowercased()) }.map { name in
        Finding.error(
          .badHeader, place, "the header \(ShownName.of(name)) is written by the service itself, not by a signature")
      }
      return owned + ownClaims(of: signing, at: place) + (isOwn ? clashes(signing, at: place) : [])
        + missing(for: signing, isOwn: isOwn, at: place)
    } + sharedClaims
  }

  /// The same of the integration's own token, said once.
  private var sharedClaims: [Finding] {
    guard case .jwt(let settings) = document.authorization, method == document.methods.first else { return [] }
    return ownClaims(in: settings.allClaims, at: "auth")
  }

  /// Claims for which every request would fail. Said here, not where documents are read: a stored one stays readable.
  private func ownClaims(of signing: MethodSigning, at place: String) -> [Finding] {
    // A token of the integration is `sharedClaims`'.
    guard case .token(let settings) = signing.form, signing == method.signing else { return [] }
    return ownClaims(in: settings.claims, at: place)
  }

  private func ownClaims(in claims: JSONTemplate?, at place: String) -> [Finding] {
    guard let name = claims?.literalKeys.first(where: TokenCreation.ownClaims.contains) else { return [] }
    return [Finding.error(.badValue, place, "the claim \(ShownName.of(name)) is set by the service itself")]
  }

  /// The headers of the request before it is signed, in lower case, each as often as it is there.
  private var headers: [String] {
    var names = method.headers.map { $0.key.lowercased() }
    if let name = method.idempotencyHeader { names.append(name.lowercased()) }
    if method.inheritsAuthorization, !isAuthorizedBySignature, let name = document.authorization.written.header {
      names.append(name.lowercased())
    }
    if method.httpMethod.mayCarryBody, method.body != .none, !names.contains("content-type") {
      names.append("content-type")
    }
    return names
  }

  /// A method's own signing stands in the place of the integration's.
  private var isAuthorizedBySignature: Bool {
    if case .signature = document.authorization { true } else { false }
  }

  /// Two headers of one name: a receiver would choose.
  private func clashes(_ signing: MethodSigning, at place: String) -> [Finding] {
    let there = headers
    return signing.headers.filter { there.contains($0.lowercased()) }.map { name in
      Finding.error(
        .badValue, place,
        "the signature goes into the header \(ShownName.of(name.lowercased())), which the request already has",
        remedy: "leave the row out, or set auth: none for this method")
    }
  }

  private func missing(for signing: MethodSigning, isOwn: Bool, at place: String) -> [Finding] {
    // A method that does not run sends nothing; its import says why.
    guard isOwn || method.inactiveReasons.isEmpty else { return [] }
    let faults: [(name: String, what: String)]
    switch signing.form {
    case .recipe(let recipe): faults = recipeFaults(recipe)
    case .messageSignature(let settings): faults = componentFaults(settings)
    case .standardWebhooks, .token, .sigV4: faults = []
    }
    return faults.map { name, what in
      Finding(
        severity: isOwn ? .error : .warning, code: .badValue, part: place,
        message: "\(ShownName.of(name)) is to be signed, \(what): no request can be signed",
        remedy: "sign rows of `headers`, the authorisation's header, Content-Type, or leave it out; Host and "
          + "Content-Length are written after the signature")
    }
  }

  private func recipeFaults(_ recipe: SigningRecipeSettings) -> [(name: String, what: String)] {
    let there = headers + (recipe.timestampHeader.map { [$0.lowercased()] } ?? [])
    return recipe.signedHeaders.compactMap { name -> (name: String, what: String)? in
      switch there.count(where: { $0 == name.lowercased() }) {
      case 0: (name, "and the request has no such header")
      case 1: nil
      default: (name, "and the request has it more than once")
      }
    }
  }

  /// Each component is taken from a request with the document's names and made-up values.
  private func componentFaults(_ settings: OutgoingMessageSignature) -> [(name: String, what: String)] {
    // Settings and addresses that are broken are named elsewhere.
    guard let creation = try? settings.creation(), let message = sample(for: creation) else { return [] }
    var found: [(name: String, what: String)] = []
    for component in creation.components {
      do throws(ComponentFault) {
        _ = try SignatureBase.value(of: component, in: message, fieldTypes: creation.fieldTypes)
      } catch {
        // The members of a field are in its value, which is not known yet.
        let isOfMember = component.parameters.contains { $0.key == "key" }
        if isOfMember, error == .missing, message.fields.contains(where: { $0.name == component.name }) { continue }
        found.append((component.name, Self.words(error)))
      }
    }
    return found
  }

  private func sample(for creation: MessageSignatureCreation) -> HTTPMessage? {
    guard let template = try? IntegrationCheck.template(document, resource: method.resource.source, hasSealed: false)
    else { return nil }
    var names = template.queryPairs.map(\.name) + method.query.map { Array($0.key.utf8) }
    if method.inheritsAuthorization, let name = document.authorization.written.query { names.append(Array(name.utf8)) }
    let pairs = names.map { PercentEncoding.encode($0, for: .unreservedOnly) + Array("=x".utf8) }
    let query: [UInt8] = pairs.isEmpty ? [] : [0x3F] + Array(pairs.joined(separator: [0x26]))
    var fields = headers.map { HTTPField($0, "x") }
    if creation.coversDigest, !headers.contains("content-digest") { fields.append(HTTPField("content-digest", "x")) }
    let line = HTTPMessage.RequestLine(
      method: method.httpMethod.rawValue, target: [0x2F] + query, scheme: "https", authority: Array("host".utf8))
    return HTTPMessage(.request(line), fields: fields, body: [])
  }

  private static func words(_ fault: ComponentFault) -> String {
    switch fault {
    case .missing: "and the request has no such thing"
    case .repeated: "and the request has it more than once"
    case .wrongMessage: "and is none of a request"
    case .unknownFieldType: "and its type is not known, which `sf` and `key` need"
    case .notAName, .unknownComponent, .unknownParameter, .incompatibleParameters, .malformed, .tooMany:
      "and is not written as RFC 9421 has it"
    }
  }
}
