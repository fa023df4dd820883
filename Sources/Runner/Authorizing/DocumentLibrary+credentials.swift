extension DocumentLibrary {
  /// A secret has another value: where an authorisation server refused what an integration had, it is asked at once. It reads
  /// nothing, however many integrations there are.
  ///
  /// - Parameter path: as references name it, such as `kv/partner`.
  package func secretChanged(at path: String) {
    parts.tokens.secretChanged(at: path)
  }
}
