import Encodings
import Testing

@testable import Webhooks

@Suite("Parts of the signed text")
struct PayloadPartsTests {
  @Test("The checksum is CRC-32's known answer")
  func checksum() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum([]) == 0)
  }

  @Test("A form is decoded, sorted, and equal pairs count once")
  func form() {
    func joined(_ text: String) -> String? {
      SortedForm.join(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(joined("b=2&a=%2B1&b=1&b=2&c") == "a+1b1b2c")
    #expect(joined("") == "")
    #expect(joined("a=%zz") == nil)
    #expect(joined(String(repeating: "a&", count: 4_096)) == nil)
  }

  @Test("Only the listed escapes of a URL are decoded, in either case")
  func url() {
    func decoded(_ text: String) -> String { String(decoding: UnescapedURL.decode(Array(text.utf8)), as: UTF8.self) }
    #expect(decoded("https%3A%2f%2Fh%3fa%40%21%24%27%28%29%2A%2C%3B") == "https://h?a@!$'()*,;")
    #expect(decoded("%20%25%41%3D") == "%20%25%41%3D")
    #expect(decoded("%2") == "%2")
    #expect(decoded("a%") == "a%")
    #expect(decoded("%252F") == "%252F")
  }

  @Test("The fields of a notification are joined by newlines that no field but the message may hold")
  func notifications() throws {
    func joined(_ json: String) throws -> String? {
      let tape = try JSONTape(Array(json.utf8))
      return (try? NotificationFields.join(tape)).map { String(decoding: $0, as: UTF8.self) }
    }
    let fields = #""MessageId":"i","Timestamp":"t","TopicArn":"a","Type":"Notification""#
    #expect(
      try joined(#"{"Message":"m\nn",\#(fields)}"#)
        == "Message\nm\nn\nMessageId\ni\nTimestamp\nt\nTopicArn\na\nType\nNotification\n")
    #expect(try joined(#"{"Message":"m","Subject":"s",\#(fields)}"#)?.contains("Subject\ns\n") == true)
    #expect(try joined(#"{"Message":"m","Subject":"s\n",\#(fields)}"#) == nil)
    #expect(try joined(#"{"Message":"m","Subject":null,\#(fields)}"#) == nil)
    #expect(try joined(#"{\#(fields)}"#) == nil)
    #expect(try joined(#"{"Type":"Other"}"#) == nil)
    #expect(try joined("[]") == nil)
    let confirmation =
      #""SubscribeURL":"u","Timestamp":"t","Token":"k","TopicArn":"a","Type":"SubscriptionConfirmation""#
    #expect(try joined(#"{"Message":"m","MessageId":"i",\#(confirmation)}"#)?.contains("SubscribeURL\nu\n") == true)
    // A type that nobody knows has no list of signed fields, and is not read as one that has.
    for type in ["notification", "Notification ", "Other", ""] {
      let known = #""Timestamp":"t","TopicArn":"a","Type""#
      #expect(try joined(#"{"Message":"m","MessageId":"i",\#(known):"Notification"}"#) != nil)
      #expect(try joined(#"{"Message":"m","MessageId":"i",\#(known):"\#(type)"}"#) == nil, "\(type)")
    }
  }

  @Test("A JSON pointer reaches strings and integers only")
  func pointers() throws {
    let tape = try JSONTape(Array(#"{"a":{"b/c":["x",17,-2,1.5,1e3,true,null,{}]},"~":"t","":"e"}"#.utf8))
    func text(_ pointer: String) throws -> String? {
      try JSONPointer(pointer).text(in: tape).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try text("/a/b~1c/0") == "x")
    #expect(try text("/a/b~1c/1") == "17")
    #expect(try text("/a/b~1c/2") == "-2")
    #expect(try text("/~0") == "t")
    #expect(try text("/") == "e")
    for absent in [
      "/a", "/a/b~1c", "/a/b~1c/3", "/a/b~1c/4", "/a/b~1c/5", "/a/b~1c/6", "/a/b~1c/7", "/a/b~1c/8", "/a/b~1c/00",
      "/a/b~1c/-", "/~0/x", "/z",
    ] {
      #expect(try text(absent) == nil, "\(absent)")
    }
    for bad in ["", "a", "/~", "/~2"] { #expect(throws: WebhookFault.jsonPointer) { try JSONPointer(bad) } }
  }
}
