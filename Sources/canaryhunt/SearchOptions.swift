import Hunting

/// What `canaryhunt search` was told.
struct SearchOptions {
  private(set) var canaries = ""
  private(set) var exceptions: [String] = []
  private(set) var processes: [Int32] = []
  private(set) var plants = false
  private(set) var paths: [String] = []

  /// Throws the usage for anything that is not in it.
  init(_ arguments: some Sequence<String>) throws(HuntFailure) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--canaries": canaries = try Self.value(&rest)
      case "--except": exceptions.append(try Self.value(&rest))
      case "--process":
        guard let process = Int32(try Self.value(&rest)) else { throw HuntFailure("--process takes a number") }
        processes.append(process)
      case "--plant": plants = true
      case "-": paths.append(argument)
      default:
        guard !argument.hasPrefix("-") else { throw HuntFailure(CanaryHuntCommand.usage) }
        paths.append(argument)
      }
    }
    guard !canaries.isEmpty, plants || !paths.isEmpty || !processes.isEmpty else {
      throw HuntFailure(CanaryHuntCommand.usage)
    }
  }

  private static func value(_ rest: inout ArraySlice<String>) throws(HuntFailure) -> String {
    guard let value = rest.popFirst() else { throw HuntFailure(CanaryHuntCommand.usage) }
    return value
  }
}
