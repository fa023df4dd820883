import NamedKeys
import SourceText

/// Reads the steps `sign`, `verify`, `encrypt` and `decrypt`.
enum KeyStepReader {
  /// Keys of a step that only these have.
  static let keys = [
    "message", "ciphertext", "signature", "associated_data", "context", "algorithm", "signature_form", "encoding",
  ]

  static func read(_ work: KeyStep.Work, _ object: ObjectReader, _ context: inout ReadingContext) -> KeyStep? {
    object.refuse(
      keys.filter { !taken(by: work).contains($0) }, because: "`\(work.rawValue)` has no such setting", &context)
    guard let node = object.value(work.rawValue),
      let key = NamedKeyReader.read(node, part: object.path(work.rawValue), &context),
      let message = required(work == .decrypt ? "ciphertext" : "message", of: work, object, &context)
    else { return nil }
    var signature: Template?
    if work == .verify {
      guard let found = required("signature", of: work, object, &context) else { return nil }
      signature = found
    }
    let encoding = object.choice("encoding", KeyStepEncoding.self, &context) ?? .utf8
    return KeyStep(
      work: work, key: key, message: message, isBase64: encoding == .base64, signature: signature,
      associatedData: optional("associated_data", object, &context), context: optional("context", object, &context),
      bare: bare(object, &context), outputs: BindingReader.read("outputs", in: object, &context))
  }

  private static func taken(by work: KeyStep.Work) -> Set<String> {
    switch work {
    case .sign: ["message", "context", "algorithm", "signature_form", "encoding"]
    case .verify: ["message", "signature", "context", "algorithm", "signature_form", "encoding"]
    case .encrypt: ["message", "associated_data", "context", "encoding"]
    case .decrypt: ["ciphertext", "associated_data", "context", "encoding"]
    }
  }

  private static func bare(_ object: ObjectReader, _ context: inout ReadingContext) -> KeyStep.BareForm? {
    guard let node = object.value("algorithm") else {
      object.refuse(["signature_form"], because: "it says how the signature of an `algorithm` is written", &context)
      return nil
    }
    let isHex = object.choice("signature_form", KeyStepSignatureForm.self, &context) == .hex
    guard let name = node.string, let bare = KeyStep.BareForm(algorithm: name, isHex: isHex) else {
      object.reportChoice("algorithm", node.string ?? "", among: BareSigner.Way.names, &context)
      return nil
    }
    return bare
  }

  private static func required(
    _ key: String, of work: KeyStep.Work, _ object: ObjectReader, _ context: inout ReadingContext
  ) -> Template? {
    guard object.has(key) else {
      context.error(.missingKey, at: object.node.place, "`\(key)` is missing here: `\(work.rawValue)` needs it")
      return nil
    }
    return optional(key, object, &context)
  }

  private static func optional(
    _ key: String, _ object: ObjectReader, _ context: inout ReadingContext
  ) -> Template? {
    object.value(key).flatMap { TextReader.template($0, what: "`\(key)`", &context) }
  }
}

/// How text stands for bytes.
enum KeyStepEncoding: String, CaseIterable {
  case utf8
  case base64
}

/// How a bare signature is written.
enum KeyStepSignatureForm: String, CaseIterable {
  case base64
  case hex
}
