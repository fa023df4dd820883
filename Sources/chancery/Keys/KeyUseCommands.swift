import ArgumentParser
import Encodings
import NamedKeys

/// `encrypt KEY [FILE]`
struct EncryptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encrypt", abstract: "Encrypt a file or standard input under a named key.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var use: KeyUseOptions
  @OptionGroup var making: KeyMakingOptions

  @Option(help: ArgumentHelp("A file of data that must be the same when it is decrypted.", valueName: "file"))
  var associatedData: String?

  func run() async throws {
    var body = KeyBody()
    body.bytes("plaintext", try KeyInput.read(use.file))
    body.bytes("associated_data", try associatedData.map { try KeyInput.read($0) })
    body.bytes("context", use.contextBytes)
    body.integer("version", making.keyVersion)
    let bytes = body.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, KeyPath.key(use.name, "encrypt"), body: bytes).json(api.address)
      KeyMakingOptions.print(answer, "ciphertext")
    }
  }
}

/// `decrypt KEY [FILE]`
struct DecryptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decrypt", abstract: "Decrypt what `encrypt` has printed. Each time is an entry in the ledger.",
    discussion: "Prints the plaintext byte for byte, and nothing else; at a terminal without control characters.")

  @OptionGroup var client: ClientOptions
  @OptionGroup var use: KeyUseOptions

  @Option(help: ArgumentHelp("The file of data that it was encrypted with.", valueName: "file"))
  var associatedData: String?

  func run() async throws {
    var body = KeyBody()
    body.text("ciphertext", try KeyInput.text(use.file))
    body.bytes("associated_data", try associatedData.map { try KeyInput.read($0) })
    body.bytes("context", use.contextBytes)
    let bytes = body.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, KeyPath.key(use.name, "decrypt"), body: bytes).json(api.address)
      guard let plaintext = answer["plaintext"]?.string.flatMap({ Base64.decode($0) }) else {
        throw CommandFailure(.notSo, "the service's answer holds no plaintext")
      }
      if Terminal.output.isInteractive {
        Terminal.output.line(SafeText.show(String(decoding: plaintext, as: UTF8.self), keepsLines: true))
      } else {
        Terminal.output.write(plaintext)
      }
    }
  }
}

/// `sign KEY [FILE]`
struct SignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a file or standard input with a named key.",
    discussion: """
      A key for signing signs the message together with its own name, type and version: `chancery verify` checks it. A \
      key for messages signs the bare message in the form that --algorithm names, and prints the bare signature in base \
      64; `chancery verify` checks it with the same --algorithm.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var use: KeyUseOptions
  @OptionGroup var making: KeyMakingOptions

  @Option(help: "How a key for messages signs, such as ed25519 or rsa-pss-sha256.")
  var algorithm: String?

  func run() async throws { try await making.sign(use, client, algorithm: algorithm) }
}

/// `hmac KEY [FILE]`
struct HMACCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hmac", abstract: "Authenticate a file or standard input with a named key of the type hmac.",
    discussion: """
      As `sign`, by its usual name, and with keys of no other type: `chancery verify` checks what it prints, that of a \
      key for messages with the same --algorithm.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var use: KeyUseOptions
  @OptionGroup var making: KeyMakingOptions

  @Option(help: "How a key for messages authenticates: hmac-sha256, hmac-sha384 or hmac-sha512.")
  var algorithm: String?

  func run() async throws { try await making.sign(use, client, algorithm: algorithm, type: .hmac) }
}

/// `verify KEY --signature FILE [FILE]`
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify what `sign` or `hmac` has printed.",
    discussion: """
      Exit code 1 where it is no signature of the message. A signature of a key for messages says neither how it was \
      made nor by which version: name the same --algorithm.
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var use: KeyUseOptions

  @Option(help: ArgumentHelp("The file that holds the signature.", valueName: "file"))
  var signature: String

  @Option(help: "How a key for messages signed, such as ed25519 or hmac-sha256.")
  var algorithm: String?

  @Option(
    help: ArgumentHelp("base64 or hex, with --algorithm; base64 where nothing is said.", valueName: "form"))
  var signatureForm: String?

  @Option(
    help: ArgumentHelp("Only this version, with --algorithm; else each that verifies is tried.", valueName: "number"))
  var keyVersion: Int?

  func validate() throws {
    guard algorithm != nil || (signatureForm == nil && keyVersion == nil) else {
      throw ValidationError("--signature-form and --key-version go with --algorithm; other signatures say theirs")
    }
  }

  func run() async throws {
    var body = KeyBody()
    body.bytes("message", try KeyInput.read(use.file))
    body.text("signature", try KeyInput.text(signature))
    body.text("algorithm", algorithm)
    body.text("signature_form", signatureForm)
    body.integer("version", keyVersion)
    body.bytes("context", use.contextBytes)
    let bytes = body.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, KeyPath.key(use.name, "verify"), body: bytes).json(api.address)
      guard answer["valid"]?.bool == true else {
        throw CommandFailure(.notSo, "this is no signature of the message by \(use.name)")
      }
      Terminal.output.line("signed by version \(answer["version"]?.shown ?? "?") of \(SafeText.show(use.name))")
    }
  }
}

/// What every use of a key takes.
struct KeyUseOptions: ParsableArguments {
  @Option(help: "The context of a derived key.")
  var context: String?

  @Argument(help: "The key's name.")
  var name: String

  @Argument(help: "The file to work on; standard input where none is named, or -.")
  var file: String?

  var contextBytes: [UInt8]? { context.map { Array($0.utf8) } }
}

/// What a use that makes something takes besides: what is made says its version itself, so opening takes none.
struct KeyMakingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Another version than the newest.", valueName: "number"))
  var keyVersion: Int?

  /// Signs, by a key of this type only where one is named.
  func sign(_ use: KeyUseOptions, _ client: ClientOptions, algorithm: String?, type: KeyType? = nil) async throws {
    var body = KeyBody()
    body.bytes("message", try KeyInput.read(use.file))
    body.bytes("context", use.contextBytes)
    body.integer("version", keyVersion)
    body.text("algorithm", algorithm)
    body.text("type", type?.rawValue)
    let bytes = body.finish()
    try await APIClient.connect(client) { api in
      let answer = try await api.send(.POST, KeyPath.key(use.name, "sign"), body: bytes).json(api.address)
      Self.print(answer, "signature")
    }
  }

  static func print(_ answer: JSONView, _ member: String) {
    Terminal.output.line(SafeText.show(answer[member]?.string ?? ""))
    if answer["should_rotate"]?.bool == true {
      Terminal.errors.line("warning: this version of the key comes near the uses that are safe; rotate the key")
    }
  }
}
