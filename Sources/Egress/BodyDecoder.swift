/// Collects a response body and undoes its content coding, within the budget, chunk by chunk.
struct BodyDecoder: ~Copyable {
  enum Coding: Equatable {
    case identity, gzip, deflate

    /// The coding that Content-Encoding headers name; nil for one that is not known, or for several.
    init?(contentEncoding values: [String]) {
      let names = values.flatMap { $0.lowercased().split(separator: ",") }
        .map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty && $0 != "identity" }
      switch names.first {
      case nil: self = .identity
      case "gzip", "x-gzip": self = .gzip
      case "deflate": self = .deflate
      default: return nil
      }
      guard names.count <= 1 else { return nil }
    }
  }

  private enum Stage { case start, inside, betweenMembers, ended }

  private let coding: Coding
  private let budget: DecompressionBudget
  private var stage = Stage.start
  private var inflater: Inflater?
  /// The first bytes of a deflate body, until there are enough to tell its two forms apart.
  private var pending: [UInt8] = []
  private(set) var body: [UInt8] = []
  private(set) var wireBytes = 0

  init(_ coding: Coding, _ budget: DecompressionBudget) {
    self.coding = coding
    self.budget = budget
  }

  mutating func push(_ bytes: [UInt8]) throws(EgressFailure) {
    wireBytes += bytes.count
    guard coding != .identity else {
      if wireBytes > budget.maximumBytes { throw .tooLarge(.body) }
      body += bytes
      return
    }
    guard !bytes.isEmpty else { return }
    // What is compressed may not be larger either: it would be held here for nothing.
    if wireBytes > budget.maximumBytes { throw .tooLarge(.body) }
    var input = bytes[...]
    if stage == .start {
      pending += bytes
      guard let format = chooseFormat() else { return }
      inflater = Inflater(format)
      input = pending[...]
      pending = []
      stage = .inside
    }
    try inflate(input)
  }

  /// Call it once, at the end of the body.
  mutating func finish() throws(EgressFailure) {
    guard coding != .identity, wireBytes > 0 else { return }
    if stage == .inside || stage == .start { throw .parse(.compressed) }
  }

  private func chooseFormat() -> Inflater.Format? {
    if coding == .gzip { return .gzip }
    // RFC 9110 §8.4.1.2 means the zlib form by "deflate"; some servers send the raw form.
    guard pending.count >= 2 else { return nil }
    let isZlib = pending[0] & 0x0f == 8 && (Int(pending[0]) << 8 | Int(pending[1])) % 31 == 0
    return isZlib ? .zlib : .raw
  }

  private mutating func inflate(_ bytes: ArraySlice<UInt8>) throws(EgressFailure) {
    var input = bytes
    while !input.isEmpty {
      if stage == .ended { throw .parse(.compressed) }
      if stage == .betweenMembers {
        inflater?.reset()
        stage = .inside
      }
      var (excess, produced) = (EgressFailure.Oversize?.none, body)
      body = []
      let (budget, received) = (budget, wireBytes)
      let step = inflater?.push(input) { chunk in
        excess = budget.excess(produced: produced.count + chunk.count, received: received)
        if excess == nil { produced += chunk }
        return excess == nil
      }
      body = produced
      switch step {
      case .needsInput: return
      case .ended(let rest):
        // RFC 1952 §2.2: a gzip body is one member or several; a deflate body is one stream.
        stage = coding == .gzip ? .betweenMembers : .ended
        input = input.suffix(rest)
      case .stopped: throw .tooLarge(excess ?? .decompression)
      case .broken, nil: throw .parse(.compressed)
      }
    }
  }
}
