import CHardening
import Glibc

/// Confines itself as `serve` does, and tries what is left: a line for each, `yes` or the number of the error.
enum ConfinedProbe {
  static func run(folder: String, port: String) {
    var version: Int32 = 0
    let path = strdup(folder)
    let folders: [UnsafePointer<CChar>?] = [UnsafePointer(path), nil]
    let files = chancery_confine_files(folders, Int32(port) ?? 0, &version)
    let calls = chancery_confine_calls()
    print("landlock \(files == 0 ? Int32(version) : -files)")
    print("seccomp \(calls == 0 ? 1 : -calls)")
    say("write-inside", attempt { open("\(folder)/made", O_CREAT | O_WRONLY, 0o600) })
    say("rename-inside", attempt { rename("\(folder)/made", "\(folder)/moved") })
    say("write-outside", attempt { open("\(folder)-outside", O_CREAT | O_WRONLY, 0o600) })
    say("remove-outside", attempt { unlink("\(folder)-victim") })
    say("read-outside", attempt { open("/etc/passwd", O_RDONLY) })
    say("listen-own", listen(UInt16(port) ?? 0))
    say("listen-other", listen((UInt16(port) ?? 0) &+ 1))
    say("thread", thread())
    say("program", program())
  }

  private static func say(_ name: String, _ code: Int32) { print("\(name) \(code == 0 ? "yes" : String(code))") }

  private static func attempt(_ body: () -> Int32) -> Int32 { body() >= 0 ? 0 : errno }

  private static func listen(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        attempt { bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      }
    }
  }

  private static func thread() -> Int32 {
    var started = pthread_t()
    let code = pthread_create(&started, nil, { _ in nil }, nil)
    if code == 0 { pthread_join(started, nil) }
    return code
  }

  private static func program() -> Int32 {
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    execv("/bin/true", &arguments)
    return errno
  }
}
