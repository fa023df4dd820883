extension OpenAPIOperations {
  static let keys: [OpenAPIOperation] = [
    OpenAPIOperation(
      "GET /api/keys", "listKeys", "List named keys.", answers: [.json("KeyList", "Their names.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}", "createKey", "Make a named key.", body: .required("KeyCreation"),
      answers: [.json(201, "Key", "The key, with its first version.")]),
    OpenAPIOperation(
      "GET /api/keys/{name}", "readKey", "Read a key's settings, versions and public keys.",
      answers: [.json("Key", "The key.")]),
    OpenAPIOperation(
      "DELETE /api/keys/{name}", "deleteKey", "Delete a key: it does nothing from now on, and is destroyed later.",
      body: .optional("KeyDeletion"), answers: [.json("Key", "The key, deleted.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/restore", "restoreKey", "Take a deletion back before its time has come.",
      answers: [.json("Key", "The key.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/rotate", "rotateKey", "Add a version, which is used from now on.",
      answers: [.json("Key", "The key.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/config", "configureKey", "Change a key's settings.", body: .optional("KeySettings"),
      answers: [.json("Key", "The key.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/trim", "trimKey", "Destroy the material of old versions.", body: .required("KeyTrim"),
      answers: [.json("Key", "The key.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/encrypt", "encrypt", "Encrypt under a key.", body: .required("EncryptOrder"),
      answers: [.json("Encrypted", "The ciphertext.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/decrypt", "decrypt", "Decrypt what a key has encrypted.", body: .required("DecryptOrder"),
      answers: [.json("Decrypted", "The plaintext.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/sign", "sign", "Sign a message, or authenticate it with a key of the type hmac.",
      body: .required("SignOrder"), answers: [.json("Signed", "The signature.")]),
    OpenAPIOperation(
      "POST /api/keys/{name}/verify", "verify", "Verify a signature that a key has made.",
      body: .required("VerifyOrder"), answers: [.json("Verified", "Whether it is one.")]),
  ]
}
