/// `simulate --seed N` judges one seed; `simulate --from N --count M` a range. Exit code 1 names each seed
/// that breaks a rule.
@main
struct Simulate {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    var options: [String: UInt64] = [:]
    var index = 0
    while index + 1 < arguments.count {
      guard ["--seed", "--from", "--count"].contains(arguments[index]), let value = UInt64(arguments[index + 1]) else {
        break
      }
      options[arguments[index]] = value
      index += 2
    }
    guard index == arguments.count, !options.isEmpty else {
      print("usage: simulate --seed N | simulate --from N --count M")
      exitProcess(2)
    }
    let first = options["--seed"] ?? options["--from"] ?? 0
    let count = options["--seed"] == nil ? options["--count"] ?? 1 : 1
    var failures = 0
    for seed in first..<(first &+ count) {
      let broken = Verdict.judge(seed: seed) + ServiceVerdict.judge(seed: seed)
      if broken.isEmpty { continue }
      failures += 1
      for rule in broken { print("simulate --seed \(seed): \(rule)") }
    }
    print("\(count - UInt64(failures)) passed, \(failures) failed")
    exitProcess(failures == 0 ? 0 : 1)
  }
}
