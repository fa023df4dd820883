import CHardening
import Glibc

/// Divides itself from a watcher as `serve` does, and crashes in the ways in which a program and its libraries do: each
/// time with text on its streams that no frame holds. What comes out is what a user would see.
enum WatchedProbe {
  /// - Parameters:
  ///   - way: `illegal`, `trap`, `abort`, `segment`, `bus`, `exit`, or `fill` for more than a pipe holds.
  ///   - canary: written where a library would write.
  static func run(way: String, canary: String) {
    var tag = [UInt8](repeating: 0, count: Int(CHANCERY_TAG_BYTES))
    let code = chancery_watch(&tag)
    guard code == 0 else {
      print("watch \(-code)")
      return
    }
    say("framed before\n", tag)
    write("Fatal error: \(canary)\n", to: STDERR_FILENO)
    write("a line of a library: \(canary)\n", to: STDOUT_FILENO)
    // Between two frames, and without a line feed.
    write(canary, to: STDERR_FILENO)
    say("framed after\n", tag)
    say(String(repeating: "x", count: 10_000) + "\n", tag)
    crash(way, canary, tag)
  }

  private static func crash(_ way: String, _ canary: String, _ tag: [UInt8]) {
    switch way {
    case "illegal": fall(SIGILL)
    case "trap":
      var places = [1]
      places.removeLast(CommandLine.arguments.count)
    case "abort": abort()
    case "segment": fall(SIGSEGV)
    case "bus": fall(SIGBUS)
    case "fill":
      for _ in 0..<20_000 { write(canary, to: STDERR_FILENO) }
      abort()
    default:
      // Half of a frame, whose rest never comes.
      write(tag + [200, 0] + Array(canary.utf8), to: STDERR_FILENO)
      exit(7)
    }
  }

  /// By the signal, though the runtime catches it once for its backtrace.
  private static func fall(_ number: Int32) {
    raise(number)
    signal(number, SIG_DFL)
    raise(number)
  }

  private static func say(_ text: String, _ tag: [UInt8]) {
    let bytes = Array(text.utf8)
    _ = chancery_say(STDERR_FILENO, tag, bytes, bytes.count)
  }

  private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }
}
