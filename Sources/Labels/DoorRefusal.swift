package import Destinations
package import Keyring
package import MessageSignatures

/// Why a door stays shut. Names only.
package enum DoorRefusal: Error, Equatable, Sendable {
  /// These origins may not be sent to this host.
  case notGranted(origins: [Origin], host: HostPort)
  /// The proof is for another scheme, host or port than the URL of the request.
  case otherDestination
  /// The URL about to be written is not in canonical form.
  case url(URLFault)
  /// The URL about to be written is not the one to which the parameter is bound, or its method, name or generation
  /// is another: it must be entered again.
  case urlChanged(kind: ParameterKind, name: String)
  /// The parameter belongs to another place of the request than the one where it stands.
  case otherPlace(kind: ParameterKind, name: String)
  /// The name of a sealed parameter stands in the request a second time.
  case duplicateName(kind: ParameterKind, name: String)
  /// A header that the transport sets itself, or a name that is none (RFC 9110 §5.1).
  case headerNotAllowed(name: String)
  /// A sealed value does not open: why, for the ledger; the caller is told only that.
  case cannotOpen(KeyringError)
  /// The request cannot be signed as the document says.
  case cannotSign(SigningFault)
  /// What was sealed or filled in cannot be used.
  case value(ValueFault)
  /// The permit is for another kind of disclosure.
  case otherPermit
  /// Values of this origin are shown to nobody, whatever the permit.
  case writeOnly(Origin)
  /// Bytes in which secrets cannot be looked for: too many are known, or the bytes are not searched to their end.
  case notSearchable
}

extension DoorRefusal {
  /// One sentence for the log of a run.
  package var message: String {
    switch self {
    case .notGranted(let origins, let host):
      "\(origins.map(\.sentence).joined(separator: "; ")) may not be sent to \(host)"
    case .otherDestination: "the request goes elsewhere than the destination that was checked"
    case .url(let fault): fault.message
    case .urlChanged(let kind, let name):
      "the encrypted \(kind.rawValue) parameter \(name) is bound to another URL and must be entered again"
    case .otherPlace(let kind, let name):
      "the encrypted \(kind.rawValue) parameter \(name) does not belong where it stands"
    case .duplicateName(let kind, let name):
      "the encrypted \(kind.rawValue) parameter \(name) stands in the request a second time"
    case .headerNotAllowed(let name): "the header \(name) is set by the connection itself, or is no header name"
    case .cannotOpen: "a sealed value cannot be opened"
    case .cannotSign(let fault): "the request cannot be signed: \(fault.message)"
    case .value(let fault): fault.message
    case .otherPermit: "the permit is for another kind of disclosure"
    case .writeOnly(let origin): "\(origin.sentence) is shown to nobody"
    case .notSearchable: "the bytes cannot be searched for secrets"
    }
  }
}
