import ArgumentParser

/// What whoever gives an order calls it, so that the service starts nothing twice: 1 to 255 visible ASCII characters.
struct IdempotencyKey: Sendable {
  let text: String

  /// Nil where the service would refuse it.
  init?(_ text: String) {
    guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.text = text
  }
}

/// Options of commands that start a run.
struct OrderOptions: ParsableArguments {
  @Option(
    name: .customLong("idempotency-key"),
    help: ArgumentHelp(
      "A name for this order, of your own choice: with the same name, the service starts nothing again for a day, and tells "
        + "the run that the order began.", valueName: "key"))
  var text: String?

  /// Nil where no key is given. Throws a usage failure for one that the service would refuse.
  func key() throws(CommandFailure) -> IdempotencyKey? {
    guard let text else { return nil }
    guard let key = IdempotencyKey(text) else {
      throw CommandFailure(.usage, "--idempotency-key takes 1 to 255 visible ASCII characters, without spaces")
    }
    return key
  }
}
