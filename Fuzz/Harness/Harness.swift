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
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, testOneInput))
  }

  /// Before anything is fuzzed: says what targets there are, or takes the one that is named.
  fileprivate static func prepare(_ arguments: [String]) {
    if arguments.dropFirst().first == "--list" {
      for target in FuzzTarget.all { print(target.name) }
      fflush(nil)
      _exit(0)
    }
    _ = target
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

/// libFuzzer calls it first, whichever of the two `main` the linker took: ours or its own.
@_cdecl("LLVMFuzzerInitialize")
func initialise(
  _ count: UnsafePointer<Int32>?, _ arguments: UnsafePointer<UnsafePointer<UnsafePointer<CChar>?>?>?
) -> Int32 {
  let given = UnsafeBufferPointer(start: arguments?.pointee, count: Int(count?.pointee ?? 0))
  Harness.prepare(given.compactMap { $0.map { String(cString: $0) } })
  return 0
}

/// The name that libFuzzer's own `main` calls.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 { Harness.take(bytes, count) }

/// libFuzzer's entry for programs with a `main` of their own (compiler-rt, FuzzerInterface.h).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ take: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
