import Encodings
import Keyring
import Testing

@testable import Labels

@Suite("Answers of authorisation servers")
struct TokenAnswerTests {
  private static let access = Label(
    origin: .credential(holder: "i", field: "access_token"), rule: .masked, hosts: Samples.hosts("api.example.com"))
  private static let refresh = Label(
    origin: .credential(holder: "i", field: "refresh_token"), rule: .masked, hosts: Samples.hosts("t.example.com"))

  private static func read(
    _ body: String, status: Int = 200, name: String = "access_token", requiresBearer: Bool = true
  ) -> TokenAnswer {
    TokenAnswer.read(
      status: status, body: Array(body.utf8),
      as: TokenAnswer.Reading(tokenName: name, requiresBearer: requiresBearer, access: access, refresh: refresh))
  }

  /// The answer in words that can be compared.
  private static func words(_ answer: TokenAnswer) -> String {
    switch answer {
    case .granted(let granted):
      let refresh = granted.refresh.map(Samples.string) ?? "-"
      return "\(Samples.string(granted.access)) \(refresh) \(granted.lifetimeSeconds.map(String.init) ?? "-")"
    case .refused(let code): return code.rawValue
    case .unreadable(let cause): return cause.rawValue
    }
  }

  @Test(
    "A token is taken with its life and what it is refreshed with",
    arguments: [
      (#"{"access_token":"abc","token_type":"Bearer","expires_in":3600,"refresh_token":"r"}"#, "abc r 3600"),
      (#"{"access_token":"abc","token_type":"bEARER"}"#, "abc - -"),
      (#"{"access_token":"abc"}"#, "abc - -"),
      (#"{"access_token":"abc","token_type":null,"expires_in":null,"refresh_token":null}"#, "abc - -"),
      (#"{"access_token":"abc","expires_in":"60"}"#, "abc - 60"),
      (#"{"access_token":"abc","expires_in":99999999999}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":3600.0}"#, "abc - 3600"),
      (#"{"access_token":"abc","expires_in":3.6e3}"#, "abc - 3600"),
      (#"{"access_token":"abc","expires_in":"3600.0"}"#, "abc - 3600"),
      (#"{"access_token":"abc","expires_in":1e3}"#, "abc - 1000"),
      (#"{"access_token":"abc","expires_in":360000e-2}"#, "abc - 3600"),
      (#"{"access_token":"abc","expires_in":"0060"}"#, "abc - 60"),
      (#"{"access_token":"abc","expires_in":31536001}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":1000000000000000000000000000000}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":1e30}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":1e400}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":1e1234567890}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":"9223372036854775808"}"#, "abc - 31536000"),
      (#"{"access_token":"abc","expires_in":0.0}"#, "abc - -"),
      (#"{"access_token":"abc","expires_in":"000"}"#, "abc - -"),
      (#"{"access_token":"abc","expires_in":-0}"#, "abc - -"),
      (#"{"access_token":"abc","expires_in":0}"#, "abc - -"),
      (#"{"access_token":"abc","expires_in":"","refresh_token":"","error":""}"#, "abc - -"),
    ])
  func granted(body: String, expected: String) {
    #expect(Self.words(Self.read(body)) == expected)
  }

  @Test(
    "What is no object, and an object without a token, are no answer of an authorisation server",
    arguments: [
      "", "[]", "null", #""abc""#, "{}", #"{"access_token":null}"#, #"{"access_token":"a","access_token":"b"}"#,
      #"{"access_token":"a"} x"#,
    ])
  func unreadable(body: String) {
    #expect(Self.words(Self.read(body)) == "unreadable")
  }

  @Test(
    "A token of another type, and one that is no text of visible characters, say so",
    arguments: [
      (#"{"access_token":"a","token_type":"mac"}"#, "type"), (#"{"access_token":"a","token_type":"DPoP"}"#, "type"),
      (#"{"access_token":"a","token_type":5}"#, "type"), (#"{"access_token":""}"#, "form"),
      (#"{"access_token":5}"#, "form"), (#"{"access_token":"a\nb"}"#, "form"), (#"{"access_token":"é"}"#, "form"),
      (#"{"access_token":"a","refresh_token":{}}"#, "form"),
    ])
  func unfit(body: String, cause: String) {
    #expect(Self.words(Self.read(body)) == cause)
  }

  @Test(
    "A life that is no whole number from zero on is named",
    arguments: [
      #"{"access_token":"a","expires_in":"0x10"}"#, #"{"access_token":"a","expires_in":"1 hour"}"#,
      #"{"access_token":"a","expires_in":-1e1234567890}"#, #"{"access_token":"a","expires_in":"nan"}"#,
      #"{"access_token":"a","expires_in":-1}"#, #"{"access_token":"a","expires_in":1.5}"#,
      #"{"access_token":"a","expires_in":-1e30}"#, #"{"access_token":"a","expires_in":"-1"}"#,
      // None of these is a whole number, though the nearest number of 64 bits is one.
      #"{"access_token":"a","expires_in":3600.00000000000000000001}"#, #"{"access_token":"a","expires_in":1e-400}"#,
      #"{"access_token":"a","expires_in":"0.99999999999999999999"}"#, #"{"access_token":"a","expires_in":"00.5"}"#,
      #"{"access_token":"a","expires_in":" 60"}"#, #"{"access_token":"a","expires_in":"60s"}"#,
      #"{"access_token":"a","expires_in":"soon"}"#, #"{"access_token":"a","expires_in":[]}"#,
    ])
  func lifetime(body: String) {
    #expect(Self.words(Self.read(body)) == "lifetime")
  }

  @Test("The longest token is taken, one more byte is not")
  func longest() {
    func body(_ count: Int) -> String { #"{"access_token":"\#(String(repeating: "a", count: count))"}"# }
    #expect(Self.words(Self.read(body(TokenAnswer.maximumTokenBytes))).hasPrefix("aaa"))
    #expect(Self.words(Self.read(body(TokenAnswer.maximumTokenBytes + 1))) == "form")
  }

  @Test("A token with another status than success is none")
  func status() {
    for status in [199, 300, 302, 400, 500] {
      #expect(Self.words(Self.read(#"{"access_token":"abc"}"#, status: status)) == "unreadable", "\(status)")
    }
    #expect(Self.words(Self.read(#"{"access_token":"abc"}"#, status: 201)) == "abc - -")
  }

  @Test("Of an error its code is taken where RFC 6749 has it, and nothing else", arguments: TokenErrorCode.allCases)
  func refused(code: TokenErrorCode) {
    let body = #"{"error":"\#(code.rawValue)","error_description":"d","access_token":"abc"}"#
    for status in [200, 400, 401, 503] { #expect(Self.words(Self.read(body, status: status)) == code.rawValue) }
    #expect(Self.words(Self.read(#"{"error":"\#(code.rawValue) "}"#, status: 400)) == "unreadable")
  }

  @Test("A document's own name for the token, and its own place, are honoured")
  func names() {
    let body = #"{"tok":"abc","token_type":"mac"}"#
    #expect(Self.words(Self.read(body, name: "tok")) == "type")
    #expect(Self.words(Self.read(body, name: "tok", requiresBearer: false)) == "abc - -")
    #expect(Self.words(Self.read(body, requiresBearer: false)) == "unreadable")
  }

  @Test("Tokens carry their labels from the first moment")
  func labels() throws {
    guard case .granted(let granted) = Self.read(#"{"access_token":"abc","refresh_token":"r"}"#) else {
      Issue.record("no token")
      return
    }
    #expect(granted.access.label == Self.access)
    #expect(granted.refresh?.label == Self.refresh)
  }

  @Test(
    "A token is used until a minute before its end, or a tenth of its life where that is less",
    arguments: [(3_600, 3_539, true), (3_600, 3_540, false), (100, 89, true), (100, 90, false), (1, 0, true)])
  func fresh(life: Int64, after: Int64, isFresh: Bool) {
    let token = HeldToken(
      access: Samples.text("a"), refresh: nil, obtainedAt: Samples.now,
      expiresAt: Samples.now.advanced(byMilliseconds: life * 1_000))
    #expect(token.isFresh(at: Samples.now.advanced(byMilliseconds: after * 1_000)) == isFresh)
  }

  @Test("A token without an end is used until it is refused")
  func endless() {
    let token = HeldToken(access: Samples.text("a"), refresh: nil, obtainedAt: Samples.now, expiresAt: nil)
    #expect(token.isFresh(at: Samples.now.advanced(byMilliseconds: 1 << 50)))
  }

  @Test("A kept token comes back with its labels and times; cut short, it is none")
  func kept() throws {
    let end = Samples.now.advanced(byMilliseconds: 5_000)
    for refresh in [nil, Samples.text("r", Self.refresh)] {
      let token = HeldToken(
        access: Samples.text("abc", Self.access), refresh: refresh, obtainedAt: Samples.now, expiresAt: end)
      let encoded = token.encoded
      let read = try #require(HeldToken(encoded: encoded[...]))
      #expect(Samples.string(read.access) == "abc")
      #expect(read.access.label == Self.access)
      #expect(read.refresh?.label == refresh?.label)
      #expect(read.obtainedAt == Samples.now)
      #expect(read.expiresAt == end)
      for count in 0..<encoded.count { #expect(HeldToken(encoded: encoded[..<count]) == nil) }
      #expect(HeldToken(encoded: (encoded + [0])[...]) == nil)
    }
  }

  @Test("Client id and secret are form-encoded before they are joined (RFC 6749 §2.3.1)")
  func credentials() {
    let secret = Samples.text("a b:%+", Self.access)
    let value = Transforms.clientCredentials(id: Samples.text("x:y"), secret: secret)
    #expect(Samples.string(value) == Base64.encode(Array("x%3Ay:a+b%3A%25%2B".utf8)))
    #expect(value.label.covers(Self.access))
  }
}
