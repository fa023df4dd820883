import Dispatch
import Glibc

/// Where every process of ours begins: with one thread, so that a service can be divided from its watcher here.
@main
enum EntryPoint {
  static func main() {
    _ = WatchedService.current
    Task {
      await Chancery.main()
      exit(0)
    }
    dispatchMain()
  }
}
