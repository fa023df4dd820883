import UnixSignals

/// Waits until somebody presses Control-C, or asks the process to end.
enum Interruption {
  static func wait() async {
    for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
  }
}
