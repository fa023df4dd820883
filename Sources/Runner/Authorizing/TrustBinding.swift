import Cryptography
import Encodings
import Labels
import Runbooks

/// What values that are entered for an integration are bound to beside its address: whoever could add a root of his own
/// could have them sent to himself.
extension IntegrationDocument {
  /// For parameters that are bound to a URL.
  var trustSettings: TrustSettings {
    trust.isEmpty ? .systemRoots : .systemRoots(and: Digest.sha256(Array(trust.utf8)))
  }

  /// What a binding's text ends in; empty where only the system's roots are trusted.
  var trustBinding: String {
    guard !trust.isEmpty else { return "" }
    return " trusting \(Hex.encode(Digest.sha256(Array(trust.utf8)).prefix(8)))"
  }
}
