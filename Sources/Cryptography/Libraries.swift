internal import COpenSSL
internal import CSodium

/// Start-up of libsodium, done once by whoever comes first (`sodium_init` also picks the fast implementations).
enum Sodium {
  static let isReady: Bool = sodium_init() >= 0

  /// Called before every use. A library that cannot start leaves nothing that could go on safely.
  @inline(__always)
  static func prepare() {
    precondition(isReady, "libsodium could not be initialised")
  }
}

/// Methods of libcrypto, fetched once: OpenSSL 3 otherwise looks each one up by name on every call.
enum LibCrypto {
  /// A fetched method. Invariant: immutable after the fetch and never freed; libcrypto allows the use of a fetched
  /// method from any thread.
  struct Method: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  /// No configuration file is read: `OPENSSL_CONF` in the environment could otherwise load code into the process.
  private static let isReady: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1

  /// Called before a use that fetches nothing itself.
  static func prepare() { precondition(isReady, "libcrypto could not be initialised") }

  static let sha1 = digest("SHA1")
  static let sha224 = digest("SHA2-224")
  static let sha256 = digest("SHA2-256")
  static let sha384 = digest("SHA2-384")
  static let sha512 = digest("SHA2-512")
  static let hmac = method("HMAC") { EVP_MAC_fetch(nil, $0, nil) }
  static let hkdf = method("HKDF") { EVP_KDF_fetch(nil, $0, nil) }

  static let aes128GCM = cipher("AES-128-GCM")
  static let aes192GCM = cipher("AES-192-GCM")
  static let aes256GCM = cipher("AES-256-GCM")
  static let aes128Wrap = cipher("AES-128-WRAP")
  static let aes192Wrap = cipher("AES-192-WRAP")
  static let aes256Wrap = cipher("AES-256-WRAP")
  static let aes128WrapPad = cipher("AES-128-WRAP-PAD")
  static let aes192WrapPad = cipher("AES-192-WRAP-PAD")
  static let aes256WrapPad = cipher("AES-256-WRAP-PAD")
  static let aes128CBC = cipher("AES-128-CBC")
  static let aes192CBC = cipher("AES-192-CBC")
  static let aes256CBC = cipher("AES-256-CBC")
  static let aes128CTR = cipher("AES-128-CTR")
  static let aes192CTR = cipher("AES-192-CTR")
  static let aes256CTR = cipher("AES-256-CTR")
  static let cmac = method("CMAC") { EVP_MAC_fetch(nil, $0, nil) }

  private static func cipher(_ name: String) -> Method { method(name) { EVP_CIPHER_fetch(nil, $0, nil) } }
  private static func digest(_ name: String) -> Method { method(name) { EVP_MD_fetch(nil, $0, nil) } }

  private static func method(_ name: String, fetch: (UnsafePointer<CChar>) -> OpaquePointer?) -> Method {
    guard isReady, let pointer = name.withCString(fetch) else {
      preconditionFailure("libcrypto does not offer \(name)")
    }
    return Method(pointer: pointer)
  }

  /// A call that fails only for want of memory, or because this room called it wrongly.
  @inline(__always)
  static func require(_ succeeded: Bool, _ step: StaticString) {
    precondition(succeeded, "libcrypto failed in \(step)")
  }

  /// Leaves no old failure in the thread's error queue, where a later call could read it as its own.
  static func clearErrors() { ERR_clear_error() }
}

/// C strings that live as long as the process, for parameters that libcrypto keeps by address.
extension StaticString {
  var cString: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
