import FuzzTargets
import Glibc

/// libFuzzer around the target that `CHANCERY_FUZZ_TARGET` names; all arguments are libFuzzer's. `scripts/fuzz` runs it.
@main
enum Harness {
  static let target: FuzzTarget = {
    let name = getenv("CHANCERY_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.named(name) else {
      say("fuzz: CHANCERY_FUZZ_TARGET names no target; there are: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
      exit(2)
    }
    return target
  }()

  static func main() {
    if CommandLine.arguments.dropFirst().first == "--list" {
      for target in FuzzTarget.all { print(target.name) }
      return
    }
    _ = target
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, testOneInput))
  }

  fileprivate static func take(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do throws(FuzzFault) {
      try target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
      say("fuzz: \(target.name): \(error.sentence)")
      abort()
    }
    return 0
  }

  private static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}

/// The name that libFuzzer's own `main` calls, which is linked in behind ours.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 { Harness.take(bytes, count) }

/// libFuzzer's entry for programs with a `main` of their own (compiler-rt, FuzzerInterface.h).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ take: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
