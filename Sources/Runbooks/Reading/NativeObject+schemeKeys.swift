import Webhooks

/// The keys of a signature scheme. What stands under `definition` is read by the webhooks room; a test holds these lists
/// against what it takes.
extension NativeObject {
  static let schemeKeys = [
    NativeKey("scheme", .text, required: true, "The name that endpoints use; part of what deliveries are known by."),
    NativeKey("notes", .text, "Anything worth knowing."),
    NativeKey(
      "accept_warnings", .list(.choice(SchemeWarning.codes)),
      "Warnings that were read; with one that was not, no endpoint may use the scheme."),
    NativeKey("replaces_built_in", .boolean, "true: stands in the place of the scheme of that name that we bring."),
    NativeKey("definition", .object(.schemeDefinition), required: true, "The scheme itself."),
  ]

  static let schemeDefinitionKeys = [
    NativeKey("about", .object(.schemeAbout), "Whose scheme it is, for people."),
    NativeKey("signature", .object(.schemeSignature), "Where the signature stands, and how it is written."),
    NativeKey(
      "algorithm", .choice(SignatureAlgorithm.allCases.map(\.rawValue)), "What proves that the sender knew the key."),
    NativeKey("key", .object(.schemeKey), "How the sender writes its keys."),
    NativeKey("values", .map(.object(.schemeSource)), "Texts of the request that the message uses, by name."),
    NativeKey("message", .text, "Template of the signed bytes: {body}, {t}, literal text."),
    NativeKey("expect", .list(.object(.schemeExpectation)), "Texts that must equal a template."),
    NativeKey("timestamp", .object(.schemeTimestamp), "When the request was made, and how old it may be."),
    NativeKey("replay", .object(.schemeSource), "The id that names a delivery."),
    NativeKey(
      "key_url", .object(.schemeKeyAddress), "The address of the sender's certificate; its pattern is the allow-list."),
    NativeKey("recipe", .object(.schemeRecipe), "Instead of all others: a configurable signature."),
  ]

  static let schemeAboutKeys = [
    NativeKey("title", .text, "The sender's name."),
    NativeKey("page", .text, "The address of the sender's own description."),
    NativeKey("key", .text, "Where the key comes from and how it is written."),
    NativeKey("notes", .list(.text), "What is easily done wrong."),
  ]

  static let schemeSourceKeys = [
    NativeKey(
      "in", .choice(["header", "header-family", "query", "json", "config"]), required: true,
      "Which part of the request."),
    NativeKey("name", .text, required: true, "A header, a parameter, a JSON Pointer, or a setting of the endpoint."),
    NativeKey("split", .text, "The separator where the text is a list."),
    NativeKey("tag", .text, "What an element begins with; cut off."),
    NativeKey("pattern", .text, "The form of the whole value."),
  ]

  static let schemeKeyAddressKeys =
    schemeSourceKeys + [
      NativeKey(
        "chain", .choice(KeyAddressRule.Chain.allCases.map(\.rawValue)),
        "What vouches for one that is fetched: a chain to a root (included, default), or its host alone (none)."),
      NativeKey("subject", .text, "The name that one must be for that is fetched; the host of its address by default."),
    ]

  static let schemeSignatureKeys =
    schemeSourceKeys + [
      NativeKey(
        "encoding", .choice(SignatureEncoding.allCases.map(\.rawValue)), required: true, "How the signature is written."
      ),
      NativeKey("max", .integer(1...100), "The most signatures that are looked at; 16 by default."),
    ]

  static let schemeExpectationKeys =
    schemeSourceKeys + [NativeKey("equals", .text, required: true, "The template that it must equal.")]

  static let schemeKeyKeys = [
    NativeKey("strip", .text, "Text at the beginning of a key that is no part of it."),
    NativeKey(
      "encoding", .choice(KeyEncoding.allCases.map(\.rawValue)), "How keys are written, unless one says otherwise."),
  ]

  static let schemeTimestampKeys = [
    NativeKey("value", .text, required: true, "The name of a value."),
    NativeKey("format", .choice(TimestampFormat.allCases.map(\.rawValue)), required: true, "How the time is written."),
    NativeKey("past", .integer(0...604_800), required: true, "Seconds that it may be old."),
    NativeKey("future", .integer(0...604_800), required: true, "Seconds that it may be ahead."),
  ]

  static let schemeRecipeKeys = [
    NativeKey("header", .text, "The header that carries the signature."),
    NativeKey("algorithm", .choice(["sha1", "sha256", "sha384", "sha512"]), "Hash of the HMAC."),
    NativeKey("digest", .choice(["hex", "base64"]), "How the MAC is written."),
    NativeKey("prefix", .text, "Text before the digest, compared exactly."),
    NativeKey("headers_to_sign", .list(.text), "Headers whose values stand before the body, in this order."),
    NativeKey("timestamp_header", .oneOf([.text, .anyJSON]), "A header with an RFC 1123 date; null for none."),
    NativeKey("window", .integer(0...604_800), "Seconds that the date may be off, both ways."),
    NativeKey("patterns", .map(.text), "The form of a signed header's value, by header."),
    NativeKey("framing", .choice(["none", "lengths"]), "lengths: names and lengths are signed as well."),
  ]

  static let signatureKeyKeys = [
    NativeKey("name", .text, required: true, "What the log says when it matched, and the name to enter it under."),
    NativeKey(
      "key", verificationKeyShape,
      "The key; entered with chancery set unless it is a secret of the store or a named key."),
    NativeKey(
      "encoding", .choice(KeyEncoding.allCases.map(\.rawValue)), "How it is written; as the scheme says by default."),
    NativeKey("url", .text, "Certificates: the address under which the sender publishes it."),
    NativeKey("not_before", .text, "The first instant at which it counts: 2027-01-31T00:00:00Z."),
    NativeKey("not_after", .text, "The last instant at which it counts."),
  ]
}
