import Runbooks
import Webhooks

/// The schemes that endpoints can use at one moment: the installation's own before those that come with the program.
struct EndpointSchemes: Sendable {
  /// By name; a failure where the document cannot be read.
  private let own: [String: Result<SchemeDocument, any Error>]

  init(_ own: [String: Result<SchemeDocument, any Error>] = [:]) {
    self.own = own
  }

  /// Throws where there is none, and where it has a warning that nobody has accepted: never another one of that name.
  func scheme(named name: String) throws -> SignatureScheme {
    if let document = try own[name]?.get() {
      if let warning = document.unconfirmed.first {
        throw ServiceFault.conflict(
          "The scheme `\(name)` has a warning that nobody has accepted (\(warning.code)): \(warning.message).")
      }
      guard let scheme = document.scheme else {
        throw ServiceFault.conflict("The settings of the recipe `\(name)` make no scheme.")
      }
      return scheme
    }
    guard let scheme = SchemeCatalogue.builtIn.scheme(named: name) else {
      throw ServiceFault.conflict("There is no signature scheme `\(name)`.")
    }
    return scheme
  }
}
