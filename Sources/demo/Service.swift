import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// The service under demonstration: a child process, ended by its process id.
struct Service: Sendable {
  let url: String
  let data: String
  let token: String
  let command: Command
  private let process: Int32

  static func start(binary: String, folder: String, allowing port: Int) async throws -> Service {
    let own = try await freePort()
    let data = "\(folder)/data"
    let process = Process()
    process.executableURL = URL(filePath: binary)
    process.arguments = [
      "serve", "--dev", "--data", data, "--listen", "127.0.0.1:\(own)", "--allow-egress", "127.0.0.1:\(port)",
    ]
    let log = "\(folder)/service.log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: log)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let url = "http://127.0.0.1:\(own)"
    for _ in 0..<200 {
      try await Task.sleep(for: .milliseconds(50))
      guard process.isRunning else { break }
      let answer = try? await HTTPClient.shared.execute(HTTPClientRequest(url: "\(url)/health"), timeout: .seconds(2))
      guard answer?.status == .ok, let text = try? String(contentsOfFile: "\(data)/dev/root-token", encoding: .utf8)
      else {
        continue
      }
      let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
      var environment = ProcessInfo.processInfo.environment
      environment["CHANCERY_ADDR"] = url
      environment["CHANCERY_TOKEN"] = token
      return Service(
        url: url, data: data, token: token, command: Command(binary: binary, environment: environment),
        process: process.processIdentifier)
    }
    if process.isRunning { process.terminate() }
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    throw DemoFailure("the service did not become ready; it said:\n\(said)")
  }

  func stop() {
    kill(process, SIGTERM)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  /// A port that was free a moment ago.
  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port
    try await channel.close()
    guard let port else { throw DemoFailure("no free port was found on loopback") }
    return port
  }
}
