import Glibc
import Synchronization

/// Names the seed that is judged when the process dies of a fault of its own, so that it can be judged again.
enum LastWords {
  /// The seed that is judged now.
  static let seed = Atomic<UInt64>(0)

  private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE]

  static func prepare() {
    seed.store(0, ordering: .relaxed)
    for number in signals {
      // Only what may be called in the midst of anything: no memory is asked for, and nothing is locked.
      signal(number) { number in
        LastWords.write("simulate --seed ")
        LastWords.write(LastWords.seed.load(ordering: .relaxed))
        LastWords.write(": the process dies here\n")
        Glibc.signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  private static func write(_ text: StaticString) {
    _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  private static func write(_ number: UInt64) {
    var place: UInt64 = 1
    while number / place >= 10 { place *= 10 }
    while place > 0 {
      var digit = UInt8(ascii: "0") + UInt8(number / place % 10)
      _ = Glibc.write(STDERR_FILENO, &digit, 1)
      place /= 10
    }
  }
}

/// Lets whoever reads the lines have them now.
func flushOutput() { fflush(nil) }
