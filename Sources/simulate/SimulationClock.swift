import Encodings

/// The wall clock of a machine: it goes on, and somebody may set it back or forward.
struct SimulationClock {
  private(set) var now = Instant(millisecondsSinceEpoch: 1_700_000_000_000)

  /// Some milliseconds later.
  mutating func tick(_ milliseconds: Int64 = 3) -> Instant {
    now = now.advanced(byMilliseconds: milliseconds)
    return now
  }

  /// Time goes by until then; nothing where that is over.
  mutating func reach(_ instant: Instant) { now = max(now, instant) }

  /// Sets the clock by seconds, minutes, hours or days, back or forward; true where it went back.
  mutating func leap(using random: inout SimulationRandom) -> Bool {
    let most = [2_000, 90_000, 1_200_000, 18_000_000, 200_000_000].randomElement(using: &random) ?? 2_000
    let size = Int64.random(in: 1...Int64(most), using: &random)
    let isBack = random.happens(percent: 60)
    now = now.advanced(byMilliseconds: isBack ? -size : size)
    return isBack
  }
}
