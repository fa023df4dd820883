import Keyring
package import Labels
package import Storage

/// Masks secrets of the key/value store in text of somebody else.
package struct TextRedaction: Sendable {
  private let parts: ServiceParts

  package init(parts: ServiceParts) { self.parts = parts }

  /// The text with every occurrence of these secrets masked, in any form; masks are those of run logs.
  ///
  /// - Parameters:
  ///   - secrets: those that the caller may read: with others it would answer guesses about values that he may not know.
  package func redact(_ text: String, secrets: [StoredSecret]) throws -> Disclosed {
    let shelf = SecretShelf(parts: parts)
    // The names of stored secrets do not depend on a run.
    var registry = SecretRegistry(pseudonyms: Masks.pseudonyms(run: nil, keyring: parts.keyring))
    for secret in secrets { registry.learn(try shelf.open(secret).value) }
    return DiscloseDoor.viewerText(LabeledText(clear: text), view: registry.view())
  }
}
