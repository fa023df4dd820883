import AsyncHTTPClient
import Cryptography
import Encodings
import Foundation
import Hunting
import NIOCore
import NIOPosix

/// The demo itself, from the temporary folder to the summary.
struct Performance: Sendable {
  let options: Options

  func run() async throws -> Bool {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "chancery-demo-\(Hex.encode(RandomBytes.make(6)))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    let credentials = OutsideAPI.Credentials(
      tenantKey: "tk-" + Self.secret(), clientSecret: "cs-" + Self.secret(), accessToken: "at-" + Self.secret())
    let api = try await OutsideAPI.start(credentials)
    let service = try await Service.start(
      binary: options.binary, folder: folder.path(percentEncoded: false), allowing: api.port)
    do {
      let passed = try await show(service, api, credentials, folder: folder)
      if !options.isOnce { await stayUp(service) }
      service.stop()
      await api.stop()
      return passed
    } catch {
      service.stop()
      await api.stop()
      throw error
    }
  }

  private static func secret() -> String { Base32.encode(RandomBytes.make(20), alphabet: .crockford) }

  private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  private func show(
    _ service: Service, _ api: OutsideAPI, _ credentials: OutsideAPI.Credentials, folder: URL
  ) async throws -> Bool {
    let hookKey = "hook-" + Self.secret()
    say("1. The service runs on \(service.url), SQLite in a temporary folder.")
    say(
      "   It may call 127.0.0.1:\(api.port) because `--allow-egress 127.0.0.1:\(api.port)` says so: loopback and plain")
    say("   HTTP are refused otherwise. An outside API of the demo's own listens there.\n")

    say("2. Secrets are entered; documents are imported.")
    let documents = try writeDocuments(folder: folder, port: api.port)
    try service.command.run(["kv", "put", "kv/hooks", "github=-"], input: hookKey)
    try service.command.run(["import"] + documents, showsOutput: true)
    try service.command.run(["set", "identity/token", "query", "tenant_key"], input: credentials.tenantKey)
    try service.command.run(["set", "identity/token", "header", "X-Client-Secret"], input: credentials.clientSecret)

    say("\n3. A webhook arrives, signed as GitHub signs. This is the run's log, as a viewer sees it:\n")
    let body = #"{"action":"opened","issue":{"title":"Disk \"full\" on db-1","severity":"critical"}}"#
    let webhook = Webhook(url: "\(service.url)/api/automation/open-incident", body: Array(body.utf8))
    let first = try await webhook.send(key: hookKey)
    guard first.status == 202, let run = first.runID else {
      throw DemoFailure("the webhook was answered with \(first.status) instead of 202")
    }
    try service.command.run(["log", run, "--follow"], showsOutput: true)

    let forged = try await webhook.send(key: "hook-" + Self.secret())
    say("\n4. The same body with a forged signature: \(forged.status), nothing started.")
    let replayed = try await webhook.send(key: hookKey)
    let isSame = replayed.status == first.status && replayed.runID == run && replayed.isDuplicate
    let runs = try service.command.run(["runs", "--json"])
    let count = runs.components(separatedBy: "\"id\":").count - 1
    say(
      "   The first delivery replayed: \(replayed.status), answered as the first was, with the same run; runs: \(count)."
    )

    say("\n5. The hunt: every file of the data folder, every secret, every known form.")
    let secrets = [
      "webhook key": hookKey, "tenant_key": credentials.tenantKey, "X-Client-Secret": credentials.clientSecret,
      "access_token": credentials.accessToken, "root token": service.token,
    ]
    let leaked = try hunt(secrets, service: service)
    _ = try service.command.run(["ledger", "verify"])
    say("   The ledger verifies: every entry, the root, the signature of its head.")
    let passed = forged.status == 401 && isSame && count == 1 && leaked == 0
    say(
      "\n\(passed ? "ok" : "FAILED"): 1 run succeeded, 1 forged webhook refused, 1 replay started nothing, \(leaked) secrets leaked"
    )
    return passed
  }

  /// Planted secrets must be found first, in every form: only then does a zero count.
  private func hunt(_ secrets: [String: String], service: Service) throws -> Int {
    do {
      let canaries = secrets.sorted { $0.key < $1.key }.map { Canary(name: $0.key, value: Array($0.value.utf8)) }
      let hunt = try CanaryHunt(canaries)
      let plants = try HuntControls.prove(hunt)
      try controlInFolder(service.data)
      say("   Control: \(plants) planted secrets were found, in every form, and removed again.")
      var sweep = HuntSweep(hunt, except: ["dev/root-token", "seal/dev.key"])
      try sweep.search(path: service.data)
      for find in sweep.finds { say("   LEAKED: \(find.line)") }
      say("   \(sweep.places) files, \(secrets.count) secrets: \(sweep.finds.count) leaked.")
      return sweep.finds.count
    } catch let failure as HuntFailure {
      throw DemoFailure(failure.sentence)
    }
  }

  /// What is planted in the data folder itself is found there.
  private func controlInFolder(_ folder: String) throws {
    let planted = "planted-" + Self.secret()
    let control = URL(filePath: "\(folder)/planted-control")
    try Data("before \(Base64.encode(Array(planted.utf8))) after".utf8).write(to: control)
    defer { try? FileManager.default.removeItem(at: control) }
    var sweep = HuntSweep(try CanaryHunt([Canary(name: "planted", value: Array(planted.utf8))]))
    try sweep.search(path: folder)
    guard sweep.finds.map(\.place) == ["planted-control"] else {
      throw DemoFailure("the hunt does not find what was planted in the data folder; its zero would mean nothing")
    }
  }

  private func writeDocuments(folder: URL, port: Int) throws -> [String] {
    let target = folder.appending(path: "documents")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    return try ["identity.yaml", "tickets.yaml", "open-incident.yaml"].map { name in
      let text = try String(contentsOf: URL(filePath: "\(options.documents)/\(name)"), encoding: .utf8)
      let file = target.appending(path: name)
      try text.replacing("127.0.0.1:9000", with: "127.0.0.1:\(port)").write(to: file, atomically: true, encoding: .utf8)
      return file.path(percentEncoded: false)
    }
  }

  private func stayUp(_ service: Service) async {
    say(
      """

      The service stays up until you press Control-C. In another terminal:

        export CHANCERY_ADDR=\(service.url)
        export CHANCERY_TOKEN=$(cat \(service.data)/dev/root-token)
        \(options.binary) runs
        \(options.binary) runbooks
        \(options.binary) start open-incident --follow
        \(options.binary) kv list
        \(options.binary) ledger verify
      """)
    await Interruption.wait()
  }
}
