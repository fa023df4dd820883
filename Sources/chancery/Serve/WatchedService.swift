import CHardening
import Glibc

/// This process as the watched half of a service. The other half is its parent, the *watcher*: it holds the standard
/// error that the service was started with, passes on what `Terminal` says, and keeps back what a library or the runtime
/// prints, which in a crash could be anything that lies in memory (`Sources/CHardening/Watch.c`).
struct WatchedService: Sendable {
  /// In the environment of the second beginning: the process, and what came of confining files.
  private static let mark = "CHANCERY_CONFINED"

  /// The version of Landlock that confines files; 0 for none.
  let landlock: Int32
  /// What the watcher knows our lines by. Drawn for this process, and in no file, argument or environment.
  let tag: [UInt8]
  /// An error number where the process could not be divided: it must not serve.
  let failure: Int32

  /// Nil where this process is not the second beginning of a service. Must be asked for the first time before there are
  /// threads; the watcher never returns from it.
  static let current: WatchedService? = divide()

  private static func divide() -> WatchedService? {
    let own = "\(getpid()):"
    guard let marked = Environment[mark], marked.hasPrefix(own) else { return nil }
    unsetenv(mark)
    // Known while it is still the one of whoever started us.
    _ = Terminal.errors.isInteractive
    // Forgotten when a program is executed; the watcher and the service both keep it from here on.
    _ = chancery_forbid_dumps()
    var tag = [UInt8](repeating: 0, count: Int(CHANCERY_TAG_BYTES))
    let failure = chancery_watch(&tag)
    return WatchedService(
      landlock: Int32(marked.dropFirst(own.count)) ?? 0, tag: failure == 0 ? tag : [], failure: failure)
  }

  /// Marks the process that is about to execute itself as one that has confined its files already.
  static func prepare(landlock version: Int32) { setenv(mark, "\(getpid()):\(version)", 1) }
}
