import Foundation
import Redaction

/// `redaction-speed SECRETS TEXT SCOPE CHUNK RUNS`: how fast the scanner masks a text that is in memory, one thread, in
/// chunks, as one JSON line. SCOPE is `wholeForms` or `all`. Driven by `Benchmarks/redaction.py`.
@main
struct RedactionSpeed {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 6, let chunk = Int(arguments[4]), let runs = Int(arguments[5]), chunk > 0, runs > 0 else {
      FileHandle.standardError.write(Data("usage: redaction-speed SECRETS TEXT wholeForms|all CHUNK RUNS\n".utf8))
      exit(2)
    }
    let scope: TextScope = arguments[3] == "wholeForms" ? .wholeForms : .all
    let secrets = try [UInt8](Data(contentsOf: URL(fileURLWithPath: arguments[1])))
    let residentBefore = resident()
    let building = seconds(CLOCK_PROCESS_CPUTIME_ID)
    var builder = MatcherBuilder()
    for line in secrets.split(separator: 0x0A) {
      _ = builder.add(line, name: SecretName("s", pseudonym: "0000"))
    }
    let matcher = builder.build()
    let built = seconds(CLOCK_PROCESS_CPUTIME_ID) - building
    let count = builder.count
    builder = MatcherBuilder()
    let residentAfter = resident()

    let text = try [UInt8](Data(contentsOf: URL(fileURLWithPath: arguments[2])))
    var rates: [Double] = []
    var places = 0
    var isWithheld = false
    for run in 0...runs {
      var stream = RedactingStream(matcher, scope: scope)
      var written = 0
      let start = seconds(CLOCK_PROCESS_CPUTIME_ID)
      var position = 0
      while position < text.count {
        let end = min(position + chunk, text.count)
        written &+= stream.push(text[position..<end]).count
        position = end
      }
      written &+= stream.finish().count
      let spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - start
      // The first pass only warms the caches.
      if run > 0 { rates.append(Double(text.count) / spent / 1e6) }
      places = stream.counts.values.reduce(0, +)
      isWithheld = stream.withheld != nil
    }
    rates.sort()
    let figures: [String: Any] = [
      "secrets": count, "scope": arguments[3], "bytes": text.count, "chunk": chunk, "places": places,
      "withheld": isWithheld, "mb_s": rounded(rates[rates.count / 2]), "mb_s_min": rounded(rates[0]),
      "mb_s_max": rounded(rates[rates.count - 1]), "build_ms": rounded(built * 1000),
      "matcher_mb": rounded(Double(residentAfter - residentBefore) / 1024),
    ]
    let line = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    FileHandle.standardOutput.write(line + Data("\n".utf8))
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Resident memory of this process, in KiB.
  private static func resident() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
  }
}
