import Foundation
import NIOSSL

/// An own certificate authority and a server certificate, made with the openssl command in a temporary folder.
struct TestCertificates: Sendable {
  let authorityPEM: [UInt8]
  let certificates: [NIOSSLCertificateSource]
  let key: NIOSSLPrivateKey
  /// The same as text.
  let certificatePEM: String
  let keyPEM: String

  struct CommandFailed: Error {}

  /// `names` is a subjectAltName value, as `DNS:api.test,IP:127.0.0.1`.
  init(names: String, commonName: String = "Test server") throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("egress-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try "subjectAltName=\(names)\nextendedKeyUsage=serverAuth\n".write(
      to: folder.appendingPathComponent("ext"), atomically: true, encoding: .utf8)
    let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    try Self.openssl(
      ["req", "-x509", "-subj", "/CN=Test authority", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"] + newKey,
      in: folder)
    try Self.openssl(
      ["req", "-subj", "/CN=\(commonName)", "-keyout", "key.pem", "-out", "server.csr"] + newKey, in: folder)
    try Self.openssl(
      [
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
        "-extfile", "ext", "-out", "server.pem",
      ], in: folder)
    authorityPEM = Array(try Data(contentsOf: folder.appendingPathComponent("ca.pem")))
    certificatePEM = try String(contentsOf: folder.appendingPathComponent("server.pem"), encoding: .utf8)
    keyPEM = try String(contentsOf: folder.appendingPathComponent("key.pem"), encoding: .utf8)
    certificates = try NIOSSLCertificate.fromPEMFile(folder.appendingPathComponent("server.pem").path)
      .map { .certificate($0) }
    key = try NIOSSLPrivateKey(file: folder.appendingPathComponent("key.pem").path, format: .pem)
  }

  /// `adjust` changes the server's settings.
  func context(_ adjust: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates, privateKey: .privateKey(key))
    adjust(&configuration)
    return try NIOSSLContext(configuration: configuration)
  }

  private static func openssl(_ arguments: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CommandFailed() }
  }
}
