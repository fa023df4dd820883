import Runbooks

extension DocumentLibrary {
  /// A secret has another value: where an authorisation server refused what an integration had, it is asked at once.
  ///
  /// - Parameter path: as references name it, such as `kv/partner`.
  ///
  /// An integration that cannot be read waits for the end of its rest.
  package func secretChanged(at path: String) async {
    for id in parts.tokens.restingIntegrations {
      guard let document = try? await integration(id)?.document,
        document.authorizingReferences.contains(where: { $0.path == path })
      else { continue }
      parts.tokens.credentialChanged(of: id)
    }
  }
}
