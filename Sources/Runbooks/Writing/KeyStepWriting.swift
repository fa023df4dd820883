/// Writes the steps `sign`, `verify`, `encrypt` and `decrypt`.
enum KeyStepWriting {
  static func write(_ step: KeyStep, to writer: inout ObjectWriter) {
    writer.object(step.work.rawValue) { SigningWriting.write(step.key, to: &$0) }
    for (key, template) in step.templates { writer.text(key, template.source) }
    if let bare = step.bare {
      writer.text("algorithm", bare.algorithm)
      if bare.isHex { writer.text("signature_form", KeyStepSignatureForm.hex.rawValue) }
    }
    if step.isBase64 { writer.text("encoding", KeyStepEncoding.base64.rawValue) }
    IntegrationWriting.bindings("outputs", step.outputs, to: &writer)
  }
}
