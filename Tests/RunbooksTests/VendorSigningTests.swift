import MessageSignatures
import Testing

@testable import Runbooks

@Suite("Imported request signing")
struct VendorSigningTests {
  private typealias V = VendorDocuments

  private static let whole = #"""
    "authorizationtype": 6, "headername": "X-Hub-Signature", "signature_prefix": "sha512=", "algorithm": "HMAC-SHA512",
    "digest": "base64", "headers_to_sign": [{"key": "X-Request", "value": ""}, {}, {"key": "X-Time"}],
    "timestamp_verification_header": "X-Time"
    """#

  private func document(_ keys: String) throws -> (document: IntegrationDocument, read: ReadDocuments) {
    let read = V.read(integration: V.integration(keys))
    #expect(!read.faults.hasErrors, "\(read.faults.map(\.rendered))")
    return (try #require(read.integrations.first?.document), read)
  }

  private func recipe(_ document: IntegrationDocument) throws -> (SigningRecipeSettings, MethodSigning) {
    guard case .signature(let signing) = document.authorization, case .recipe(let recipe) = signing.form else {
      Issue.record("no recipe: \(document.authorization)")
      throw VendorDocuments.NotThere()
    }
    return (recipe, signing)
  }

  @Test("A signature that is known whole is taken over as a recipe, and its methods run")
  func whole() throws {
    let (document, read) = try document(Self.whole)
    let (recipe, signing) = try recipe(document)
    #expect(recipe.header == "X-Hub-Signature")
    #expect(recipe.value == "sha512={signature}")
    #expect(recipe.digest == .base64)
    #expect(recipe.signedHeaders == ["X-Request", "X-Time"])
    #expect(recipe.timestampHeader == "X-Time")
    #expect(recipe.timestampForm == .rfc1123)
    #expect(recipe.message == "{headers}{body}")
    #expect(signing.algorithm == .hmacSHA512)
    #expect(signing.key == .entered)
    #expect(document.methods.first?.inactiveReasons == [])
    // Its methods have no header of the name that is to be signed.
    #expect(Set(read.faults.map(\.code)) == [.readAs, .badValue])
    #expect(read.faults.filter { $0.code == .badValue }.allSatisfy { $0.message.contains("X-Request") })
    #expect(RequiredSecrets.of(document).map(\.command) == ["chancery set their-api auth key"])
    #expect(IntegrationDocument(canonicalJSON: document.canonicalJSON) == document)
    #expect(VendorExport.integration(document).lost == [])
  }

  @Test(
    "What is not known of it is kept, named, and keeps its methods from running",
    arguments: [
      (#""headername": "X-S", "algorithm": 1"#, "`algorithm` `1` is not known"),
      (#""headername": "X-S", "algorithm": 0"#, "`algorithm` `0` is not known"),
      (#""headername": "X-S", "algorithm": "md5""#, "`algorithm` `md5` is not known"),
      (#""headername": "X-S", "algorithm": null"#, "`algorithm` is missing"),
      (#""headername": "X-S""#, "`algorithm` is missing"),
      (#""algorithm": "sha256""#, "`headername` is missing"),
      (#""headername": "X-S", "algorithm": "sha256", "digest": 2"#, "`digest` `2` is not known"),
      (
        #""headername": "X-S", "algorithm": "sha256", "headers_to_sign": [{"a": 1}]"#,
        "`headers_to_sign` is no list of header names"
      ),
      (
        #""headername": "X-S", "algorithm": "sha256", "headers_to_sign": ["X-A", "x-a"]"#,
        "`headers_to_sign` names a header twice, the signature's own, or too many"
      ),
      (#""headername": "X-S", "algorithm": "sha256", "headerprefix": "{body}""#, "`headerprefix` has a brace"),
    ])
  func unknown(keys: String, obstacle: String) throws {
    let (document, read) = try document(#""authorizationtype": 6, "# + keys)
    #expect(
      document.methods.first?.inactiveReasons == ["the signature of its integration is not known whole: \(obstacle)"])
    #expect(read.faults.contains { $0.code == .vendorNumberUnknown && $0.message.contains(obstacle) })
    // Every key stands in the export as it stood in the file.
    let original = try #require(StoredDocument.node(Array(V.integration(#""authorizationtype": 6, "# + keys).utf8)))
    let exported = try #require(StoredDocument.node(VendorExport.integration(document).json))
    for key in ["headername", "headerprefix", "algorithm", "digest", "headers_to_sign"] {
      #expect(exported[key]?.jsonText.elementsEqual(original[key]?.jsonText ?? []) ?? (original[key] == nil), "\(key)")
    }
  }

  @Test("What is set of it afterwards goes out in the place of what was not known")
  func completed() throws {
    var (document, _) = try document(#""authorizationtype": 6, "headername": "X-S", "algorithm": 3, "digest": 1"#)
    var (recipe, signing) = try recipe(document)
    recipe.digest = .base64
    signing.form = .recipe(recipe)
    signing.algorithm = .hmacSHA384
    document.authorization = .signature(signing)
    for index in document.methods.indices { document.methods[index].inactiveReasons = [] }
    let exported = VendorExport.integration(document)
    #expect(exported.lost == [])
    let node = try #require(StoredDocument.node(exported.json))
    #expect(node["algorithm"]?.string == "hmac-sha384")
    #expect(node["digest"]?.string == "base64")
    // What was set to the very value that stood in for it counts too.
    signing.algorithm = .hmacSHA256
    document.authorization = .signature(signing)
    #expect(VendorExport.integration(document).lost == [])
  }

  @Test("The secret key in the file is sealed as the key, and kept nowhere")
  func secret() throws {
    let (document, read) = try document(Self.whole + #", "new_client_secret": "clear-1", "new_password": "clear-2""#)
    #expect(read.sealed.map(\.slot) == [.integrationCredential(integration: "their-api", field: "key")])
    #expect(read.sealed.map { String(decoding: $0.value, as: UTF8.self) } == ["clear-1"])
    let texts = [document.canonicalJSON, VendorExport.integration(document).json]
    #expect(!texts.contains { String(decoding: $0, as: UTF8.self).contains("clear-") })
  }

  @Test("A key of its own is entered for an integration alone; a method's names where it is")
  func native() {
    func read(_ integration: String, _ method: String) -> ReadDocuments {
      Documents.read(
        """
        integration: desk
        base_url: https://api.example.com
        \(integration)
        methods: { open: { request: POST /x\(method) } }
        """)
    }
    let signature = "auth: { type: signature, signing: { type: recipe, key: { sealed: true } } }"
    let entered = read(signature, "")
    #expect(!entered.faults.hasErrors, "\(entered.faults.map(\.rendered))")
    #expect(entered.integrations.first?.document.credentials.map(\.field) == ["key"])
    let stored = read(signature.replacing("sealed: true", with: "secret: kv/a#k"), "")
    #expect(stored.integrations.first?.document.authorization.secretReferences.map(\.text) == ["kv/a#k"])
    #expect(stored.integrations.first?.document.credentials.isEmpty == true)
    let method = read("", ", signing: { type: recipe, key: { sealed: true } }")
    #expect(
      method.faults.map { "\($0.code.rawValue) \($0.message)" } == [
        "D105 the key of a method's own signing is not entered"
      ])
  }
}
