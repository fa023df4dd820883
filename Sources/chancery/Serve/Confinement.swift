import CHardening
import Glibc

/// What the process takes from itself before it serves. A process begins twice: the first time it gives up writing
/// elsewhere, which only its own thread and what it executes can be made to, and executes itself; the second time it has
/// that from its first moment, divides itself from its watcher (`WatchedService`), gives up the rest, and serves.
struct Confinement: Sendable {
  /// The version of Landlock that holds; nil where the kernel has none, or where there was no folder to confine to.
  private let landlock: Int32?
  private let areCallsConfined: Bool

  /// Never returns the first time. A backtrace prints what lies in memory around a crash, and the runtime decides about
  /// it before `main`, from the environment: it is switched off on the way.
  ///
  /// - Parameter sqliteFolder: the other folder that it writes to: rows, and what SQLite keeps beside a file.
  static func begin(folder: String, sqliteFolder: String?, makesFolder: Bool, port: Int) throws(CommandFailure)
    -> Confinement
  {
    if let service = WatchedService.current {
      guard service.failure == 0 else {
        throw CommandFailure(
          .notSo, "The service cannot divide itself from its watcher: \(SystemCause.of(service.failure)).")
      }
      return Confinement(
        landlock: service.landlock > 0 ? service.landlock : nil, areCallsConfined: chancery_confine_calls() == 0)
    }
    var version: Int32 = 0
    if makesFolder { mkdir(folder, 0o700) }
    let paths = ([folder] + (sqliteFolder.flatMap { access($0, F_OK) == 0 ? [$0] : nil } ?? [])).map { strdup($0) }
    defer { for path in paths { free(path) } }
    let folders: [UnsafePointer<CChar>?] = paths.map { UnsafePointer($0) } + [nil]
    // Without the folder there is nothing to serve, which is said later.
    let isConfined = access(folder, F_OK) == 0 && chancery_confine_files(folders, Int32(port), &version) == 0
    WatchedService.prepare(landlock: isConfined ? version : 0)
    setenv("SWIFT_BACKTRACE", "enable=no", 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    throw CommandFailure(.notSo, "The service cannot begin anew to confine itself (error \(errno)).")
  }

  /// One line for whoever starts the service.
  var report: String {
    let files =
      switch landlock {
      case nil: "writing elsewhere is NOT forbidden (this kernel has no Landlock)"
      case let version? where version >= 4: "writes only to its data folder, listens only on its port"
      case _?: "writes only to its data folder"
      }
    let calls =
      areCallsConfined
      ? "runs no programs and reads no other process" : "system calls are NOT confined (this kernel has no seccomp)"
    return "hardening: \(files); \(calls)"
  }
}
