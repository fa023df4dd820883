/// `simulate --seed N` judges one seed; `simulate --from N --count M` a range. Exit code 1 names each seed
/// that breaks a rule; so does a line on standard error where the process dies while it judges one.
@main
struct Simulate {
  static func main() {
    guard let options = options(Array(CommandLine.arguments.dropFirst())) else {
      print("usage: simulate --seed N | simulate --from N --count M")
      exitProcess(2)
    }
    let first = options["--seed"] ?? options["--from"] ?? 0
    let count = options["--seed"] == nil ? options["--count"] ?? 1 : 1
    guard count > 0 else {
      print("simulate: --count 0 judges no seed: give a number from 1 on.")
      exitProcess(2)
    }
    let (last, isBeyond) = first.addingReportingOverflow(count - 1)
    guard !isBeyond else {
      print("simulate: there are not so many seeds from \(first) on: the last one is \(UInt64.max).")
      exitProcess(2)
    }
    LastWords.prepare()
    var failures = 0
    for seed in first...last {
      LastWords.seed.store(seed, ordering: .relaxed)
      let broken = Verdict.judge(seed: seed) + ServiceVerdict.judge(seed: seed)
      if broken.isEmpty { continue }
      failures += 1
      for rule in broken { print("simulate --seed \(seed): \(rule)") }
      flushOutput()
    }
    print("\(count - UInt64(failures)) passed, \(failures) failed")
    flushOutput()
    exitProcess(failures == 0 ? 0 : 1)
  }

  /// Each option with its number; nil where something else is there.
  private static func options(_ arguments: [String]) -> [String: UInt64]? {
    var options: [String: UInt64] = [:]
    var index = 0
    while index + 1 < arguments.count {
      guard ["--seed", "--from", "--count"].contains(arguments[index]), let value = UInt64(arguments[index + 1]) else {
        return nil
      }
      options[arguments[index]] = value
      index += 2
    }
    return index == arguments.count && !options.isEmpty ? options : nil
  }
}
