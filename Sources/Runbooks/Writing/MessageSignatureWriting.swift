import MessageSignatures

/// Writes how HTTP message signatures at an endpoint are checked.
enum MessageSignatureWriting {
  static func write(_ settings: MessageSignatureSettings, to writer: inout ObjectWriter) {
    writer.text("label", settings.label)
    writer.text("tag", settings.tag)
    if settings.requiredComponents != MessageSignatureSettings.defaultComponents {
      writer.array("required_components", settings.requiredComponents) { text, writer in writer.string(text) }
    }
    if settings.maximumAge != MessageSignatureSettings.defaultMaximumAge {
      writer.duration("max_age", settings.maximumAge)
    }
    if settings.maximumFuture != MessageSignatureSettings.defaultMaximumFuture {
      writer.duration("max_future", settings.maximumFuture)
    }
    writer.bool("nonce", settings.requiresNonce, unless: false)
    writer.array("keys", settings.keys) { key, writer in
      writer.object { writer in
        RunbookWriting.write(key.key, to: &writer)
        writer.text("keyid", key.keyID)
        writer.text("algorithm", key.algorithm.httpName)
      }
    }
  }
}
