import AsyncHTTPClient
import Encodings
import Foundation

/// The main job, shown: a signed webhook starts a runbook that uses secrets, and nothing leaks. Everything is real: the
/// service, its data folder, an outside API on loopback, the documents of `Examples/demo`.
@main
struct Demo {
  static func main() async {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      let passed = try await Performance(options: options).run()
      exit(passed ? 0 : 1)
    } catch let failure as DemoFailure {
      FileHandle.standardError.write(Data("error: \(failure.sentence)\n".utf8))
      exit(1)
    } catch {
      FileHandle.standardError.write(Data("error: an unexpected fault of the kind \(type(of: error))\n".utf8))
      exit(1)
    }
  }
}

/// What the demo cannot go on without.
struct DemoFailure: Error {
  let sentence: String

  init(_ sentence: String) {
    self.sentence = sentence
  }
}

struct Options: Sendable {
  var isOnce = false
  /// The chancery binary; by default the one beside this program.
  var binary: String
  /// The folder with the demo's documents.
  var documents = "Examples/demo"

  init(_ arguments: [String]) throws {
    let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    binary = own.appending(path: "chancery").path(percentEncoded: false)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--once": isOnce = true
      case "--binary":
        guard let path = rest.popFirst() else { throw DemoFailure("--binary takes a path") }
        binary = path
      case "--documents":
        guard let path = rest.popFirst() else { throw DemoFailure("--documents takes a folder") }
        documents = path
      default: throw DemoFailure("unknown argument; usage: demo [--once] [--binary PATH] [--documents FOLDER]")
      }
    }
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      throw DemoFailure("there is no chancery binary at \(binary); build it first, or name it with --binary")
    }
  }
}
