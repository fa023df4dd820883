import Encodings
import Runbooks
import TestSupport

/// A runbook with an integration of its own, made from chance: secrets come in by every door and go to every place that
/// a document has for them. Each secret is written as `«name»`, so that twins are the same text with other values.
struct RandomRunbook: Sendable {
  let name: String
  let template: String
  /// Names of the secrets in the document, and how long each is.
  let secrets: [String: Int]

  /// Runbooks that the document reader accepts, from this seed on.
  static func make(_ count: Int, seed: UInt64, port: Int, echoes: Bool) -> [RandomRunbook] {
    var random = SeededRandom(seed: seed)
    var made: [RandomRunbook] = []
    var tried = 0
    while made.count < count, tried < count * 20 {
      tried += 1
      var writer = RandomRunbookWriter(name: "r\(tried)", port: port, echoes: echoes, random: random)
      let runbook = writer.write()
      random = writer.random
      let text = runbook.text { _ in String(repeating: "a1B2c3D4", count: 8) }
      let read = DocumentReader.read([DocumentFile(name: "x.yaml", bytes: Array(text.utf8))]) { "fresh" }
      if !read.faults.hasErrors { made.append(runbook) }
    }
    return made
  }

  /// The document with these values in it.
  func text(_ value: (String) -> String) -> String {
    secrets.keys.reduce(template) { $0.replacing("«\($1)»", with: value($1)) }
  }
}

/// Writes one document.
struct RandomRunbookWriter {
  let name: String
  let port: Int
  let echoes: Bool
  var random: SeededRandom
  private var secrets: [String: Int] = [:]

  init(name: String, port: Int, echoes: Bool, random: SeededRandom) {
    self.name = name
    self.port = port
    self.echoes = echoes
    self.random = random
  }

  /// A place for a new secret; all lengths are of one size class.
  private mutating func secret(_ name: String) -> String {
    secrets[name] = random.number(in: 12...40)
    return "«\(name)»"
  }

  private mutating func pick<Value>(_ values: [Value], else other: Value) -> Value {
    random.element(of: values) ?? other
  }

  /// Variables that any place may name. `note` and `kept` are secret; `got`, `number` and `text` come of answers.
  private static let variables = ["note", "kept", "plain", "sent", "got", "number", "text", "mapped"]

  private mutating func variable() -> String { pick(Self.variables, else: "plain") }

  private mutating func row(_ key: String) -> String {
    switch random.number(in: 0...4) {
    case 0: "\(key): { encrypt: true, value: \"\(secret("row-\(secrets.count)"))\" }"
    case 1: "\(key): { secret: kv/twin#\(pick(["a", "b"], else: "a")) }"
    case 2: "\(key): \"<<\(variable())>>\""
    case 3: "\(key): \"before <<\(variable())>> after\""
    default: "\(key): team"
    }
  }

  private mutating func rows(_ prefix: String) -> String {
    let count = random.number(in: 0...2)
    return "{ " + (0..<count).map { row("\(prefix)\($0)") }.joined(separator: ", ") + " }"
  }

  private mutating func body() -> String {
    switch random.number(in: 0...4) {
    case 0: "{ json: '{\"a\": <<\(variable())>>, \"b\": \"x <<\(variable())!>> y\", \"c\": [<<\(variable())>>]}' }"
    case 1: "{ form: \(rows("F")) }"
    case 2: "{ text: \"note: <<\(variable())>>\" }"
    case 3: "{ xml: '<a b=\"<<\(variable())>>\"><<\(variable())>></a>' }"
    default: "none"
    }
  }

  private mutating func outputs() -> String {
    var parts: [String] = []
    if random.oneIn(2) {
      parts.append(
        "got: \"\(pick(["response^value!", "response^value", "response", "response^more[0]"], else: "response"))\"")
    }
    if random.oneIn(3) { parts.append("number: { from: response^n, type: integer }") }
    if random.oneIn(3) {
      parts.append(
        "text: \"\(pick(["response_headers^X-Plain", "response^target", "response^base64"], else: "status"))\"")
    }
    if random.oneIn(3) {
      let type = pick(["integer", "boolean", "array", "string"], else: "string")
      parts.append(
        "mapped: { from: \(pick(["note", "kept", "plain", "response^value"], else: "plain")), type: \(type) }")
    } else if random.oneIn(3) {
      parts.append("mapped: { from: \(pick(["note", "kept"], else: "note")), value_mappings: { team: other } }")
    }
    return "{ \(parts.joined(separator: ", ")) }"
  }

  private mutating func method(_ number: Int) -> String {
    var places = ["plain", "plain", "door", "broken", "text", "missing"]
    if echoes { places += ["echo", "echo", "echo"] }
    let place = pick(places, else: "plain")
    let segment = random.oneIn(4) ? "/<<\(variable())!>>" : ""
    let isPost = random.oneIn(2)
    var lines = ["    request: \(isPost ? "POST" : "GET") /\(name)/\(place)\(segment)"]
    lines.append("    query: \(rows("q"))")
    lines.append("    headers: \(rows("X-H"))")
    if isPost { lines.append("    body: \(body())") }
    lines.append("    outputs: \(outputs())")
    if place == "door" || random.oneIn(4) { lines.append("    encrypt_response: true") }
    if random.oneIn(4) { lines.append("    auth: none") }
    if random.oneIn(5) { lines.append("    retry: { attempts: 2, backoff: 1ms, retry_on: [500] }") }
    // The key holds the run's id, which an echo would repeat in forms that no comparison sees through.
    if random.oneIn(5), !echoes { lines.append("    idempotency: header X-Once") }
    return "  m\(number):\n" + lines.joined(separator: "\n")
  }

  private mutating func conditionRow() -> String {
    let right = pick(["team", "all is well", "7", "x"], else: "x")
    switch random.number(in: 0...5) {
    case 0: return "{ left: \(variable()), op: has_value }"
    case 1: return "{ left: \(variable()), op: has_no_value }"
    case 2: return "{ left: \(variable()), op: in, right: [\"\(right)\", a] }"
    case 3:
      return
        "{ left: \(variable()), op: \(pick(["contains", "greater", "less"], else: "contains")), right: \"\(right)\" }"
    case 4:
      // A constant that is the secret of the first twin, so that the two go different ways.
      return "{ left: \(pick(["note", "kept"], else: "note")), op: equals, right: \"«guess»\" }"
    default:
      return "{ left: \(variable()), op: \(pick(["equals", "not_equals"], else: "equals")), right: \"\(right)\" }"
    }
  }

  private mutating func step(_ number: Int, of count: Int, methods: Int) -> String {
    let names = (0..<count).map { "s\($0)" } + ["done", "failed"]
    let ahead = Array(names.dropFirst(number + 1))
    func edge(_ random: inout SeededRandom) -> String {
      (random.oneIn(6) ? names.randomElement(using: &random) : ahead.randomElement(using: &random)) ?? "done"
    }
    let onSuccess = edge(&random)
    let onFailure = edge(&random)
    if random.oneIn(3) {
      let groups = (0..<random.number(in: 1...2)).map { _ in
        "[" + (0..<random.number(in: 1...2)).map { _ in conditionRow() }.joined(separator: ", ") + "]"
      }
      return
        "  s\(number): { condition: { any: [\(groups.joined(separator: ", "))] }, then: \(onSuccess), else: \(onFailure) }"
    }
    let method = random.number(in: 0...methods - 1)
    return
      "  s\(number): { title: \"Step \(number)\", method: \(name)i/m\(method), then: \(onSuccess), else: \(onFailure) }"
  }

  private mutating func authorisation() -> String {
    switch random.number(in: 0...4) {
    case 0: "auth: { type: bearer, token: \"\(secret("credential"))\" }\n"
    case 1: "auth: { type: basic, username: user, password: \"\(secret("credential"))\" }\n"
    case 2: "auth: { type: api_key, header: X-Key, prefix: \"Key \", key: \"\(secret("credential"))\" }\n"
    case 3: "auth: { type: api_key, query: key, key: { secret: kv/twin#b } }\n"
    default: ""
    }
  }

  mutating func write() -> RandomRunbook {
    let methods = random.number(in: 1...3)
    let steps = random.number(in: 2...5)
    var text = "integration: \(name)i\nbase_url: http://127.0.0.1:\(port)\n" + authorisation() + "methods:\n"
    text += (0..<methods).map { method($0) }.joined(separator: "\n")
    let hosts = pick(["hosts: [\"127.0.0.1:\(port)\"], ", "", "hosts: [other.example.com], "], else: "")
    let isEncrypted = random.oneIn(3)
    text += "\n---\nrunbook: \(name)\nstart: { public: { auth: none }, "
    text += isEncrypted ? "encrypt_request: true, " : ""
    text += "inputs: { sent: \(isEncrypted ? "request^secret" : "request^clear") } }\nvariables:\n"
    text += "  note: { encrypt: true, \(hosts)default: \"\(secret("note"))\" }\n"
    text += "  kept: { secret: kv/twin#a }\n  plain: team\n"
    text += random.oneIn(4) ? "  got: { encrypt: true }\n" : "  got: { type: string }\n"
    text +=
      "  number: { type: integer }\n  text: { value_mappings: { team: other } }\n  mapped: { value_mappings: { a: b } }\n"
    text += "limits: { max_steps: 10, max_visits: 3 }\nsteps:\n"
    text += (0..<steps).map { step($0, of: steps, methods: methods) }.joined(separator: "\n")
    text += "\n  done: { end: success }\n  failed: { end: failure }\n"
    if text.contains("«guess»") { secrets["guess"] = 12 }
    _ = secret("door")
    _ = secret("sent")
    return RandomRunbook(name: name, template: text, secrets: secrets)
  }
}
