import TestSupport
import Testing

@testable import Encodings

@Suite("XML as JSON")
struct XMLReaderTests {
  private static func json(_ text: String) throws -> String {
    String(decoding: try XMLReader.json(Array(text.utf8)), as: UTF8.self)
  }

  private static func fault(_ bytes: [UInt8]) -> XMLFault? {
    do throws(PlacedXMLFault) {
      _ = try XMLReader.json(bytes)
      return nil
    } catch {
      return error.fault
    }
  }

  @Test(
    "Elements become objects, repeated ones arrays, attributes @name, text #text",
    arguments: [
      ("<a/>", #"{"a":""}"#), ("<a></a>", #"{"a":""}"#), ("<a>x</a>", #"{"a":"x"}"#),
      ("<a b=\"1\"/>", #"{"a":{"@b":"1"}}"#), ("<a b='1'>x</a>", ##"{"a":{"@b":"1","#text":"x"}}"##),
      ("<a><b>1</b></a>", #"{"a":{"b":"1"}}"#), ("<a><b>1</b><c/><b>2</b></a>", #"{"a":{"b":["1","2"],"c":""}}"#),
      ("<a> <b/> </a>", #"{"a":{"b":""}}"#), ("<a>x<b/>y</a>", ##"{"a":{"b":"","#text":"xy"}}"##),
      ("<n:a n:b=''/>", #"{"n:a":{"@n:b":""}}"#), ("<a> x </a>", #"{"a":" x "}"#),
      ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><?p q?><a/><!-- d -->\n", #"{"a":""}"#),
      ("\u{FEFF}<a/>", #"{"a":""}"#), ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#xe9;</a>", #"{"a":"<&>\"'ABé"}"#),
      ("<a><![CDATA[<b>&x;]]]]></a>", #"{"a":"<b>&x;]]"}"#), ("<a>1\r\n2\r3</a>", #"{"a":"1\n2\n3"}"#),
      ("<a b='1\r\n2\t3&#10;'/>", #"{"a":{"@b":"1 2 3\n"}}"#), ("<é>ü</é>", #"{"é":"ü"}"#),
      ("<a>x<!-- y -->z</a>", #"{"a":"xz"}"#), ("<a  b = '1'\n c='>'  />", #"{"a":{"@b":"1","@c":">"}}"#),
      ("<a>1<![CDATA[2]]>3</a >", #"{"a":"123"}"#),
      ("<?xml version = \"1.0\" encoding\t=\n'UTF-8' standalone='yes' ?><a/>", #"{"a":""}"#),
    ])
  func mapping(xml: String, json: String) throws {
    #expect(try Self.json(xml) == json)
  }

  @Test(
    "What is not well-formed is refused",
    arguments: [
      "x", "<a>", "<a", "<a/", "<a></b>", "</a>", "<a/><b/>", "<a/>x", "x<a/>", "<a b/>", "<a b=1/>",
      "<a b='1' b='2'/>", "<a b='1'c='2'/>", "<a b='<'/>", "<a>&</a>", "<a>&#0;</a>", "<a>&#xD800;</a>",
      "<a>&#x110000;</a>", "<a>&#xFFFF;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#-1;</a>", "<a>]]></a>",
      "<a><!-- -- --></a>",
      "<a><!-- x ---></a>", "<a><![CDATA[x</a>", "<1a/>", "<a><?xml version='1.0'?></a>", " <?xml version='1.0'?><a/>",
      "<a>\u{1}</a>", "<a>\u{FFFF}</a>", "<a b='\u{2}'/>", "<a><![CDATA[\u{1}]]></a>", "<?xml version='2.0'?><a/>",
      "< a/>",
      "<a><!ELEMENT b></a>", "<a><! --></a>", "<?x y",
    ])
  func malformed(xml: String) {
    #expect(Self.fault(Array(xml.utf8)) == .malformed)
  }

  @Test("A document type is refused, wherever it could stand")
  func documentType() {
    for text in [
      "<!DOCTYPE a><a/>", "<?xml version='1.0'?><!-- c --><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a/><!DOCTYPE a>",
    ] {
      #expect(Self.fault(Array(text.utf8)) == .documentType, "\(text)")
    }
  }

  @Test("Nothing is told apart from what is broken, and an entity that nothing defines too")
  func kinds() {
    for text in ["", " ", "\n\t"] { #expect(Self.fault(Array(text.utf8)) == .empty) }
    for text in ["<a>&nbsp;</a>", "<a b='&x;'/>"] { #expect(Self.fault(Array(text.utf8)) == .entity) }
  }

  @Test("A fault is told with its line and column, and without anything of the text")
  func places() {
    let bytes = Array("<a>\n  <bee></wasp>\n</a>".utf8)
    let fault = #expect(throws: PlacedXMLFault.self) { try XMLReader.json(bytes) }
    let message = fault?.message(in: bytes) ?? ""
    #expect(message.hasPrefix("2:") && message.contains("not well-formed"))
    #expect(!message.contains("wasp"))
  }

  @Test("What the document declares does not count where its encoding was said beside it")
  func transcoded() throws {
    for name in ["ISO-8859-1", "utf-16"] {
      let bytes = Array("<?xml version=\"1.0\" encoding=\"\(name)\"?><a>é</a>".utf8)
      #expect(Self.fault(bytes) == .encoding)
      #expect(String(decoding: try XMLReader.json(bytes, isTranscoded: true), as: UTF8.self) == #"{"a":"é"}"#)
    }
  }

  @Test("Other encodings than UTF-8 are refused")
  func encodings() {
    #expect(Self.fault(Array("<?xml version='1.0' encoding='UTF-16'?><a/>".utf8)) == .encoding)
    #expect(Self.fault([0xFE, 0xFF, 0x00, 0x3C]) == .notUTF8)
    #expect(Self.fault([0x3C, 0x61, 0x3E, 0xE9, 0x3C, 0x2F, 0x61, 0x3E]) == .notUTF8)
  }

  @Test("Depth and number of nodes are bounded, the last of each is read")
  func bounds() {
    func deep(_ count: Int) -> [UInt8] {
      Array((String(repeating: "<a>", count: count) + String(repeating: "</a>", count: count)).utf8)
    }
    #expect(Self.fault(deep(30)) == nil)
    #expect(Self.fault(deep(31)) == .tooDeep)
    #expect(Self.fault(deep(50_000)) == .tooDeep)
    func wide(_ count: Int) -> [UInt8] { Array(("<a>" + String(repeating: "<b/>", count: count) + "</a>").utf8) }
    #expect(Self.fault(wide(59_999)) == nil)
    #expect(Self.fault(wide(60_000)) == .tooManyNodes)
    #expect(Self.fault(Array("<\(String(repeating: "a", count: 1_025))/>".utf8)) == .nameTooLong)
  }

  @Test("What is deepest and widest becomes JSON within the limits of JSON from outside")
  func withinJSON() throws {
    let deep =
      String(repeating: "<a><b/><b/><b b='1'>t", count: 14) + String(repeating: "</b></a>", count: 14)
    #expect((try? JSONTape(try XMLReader.json(Array(deep.utf8)))) != nil)
    let wide = "<a>" + String(repeating: "<b c='1'>t</b>", count: 29_999) + "</a>"
    #expect((try? JSONTape(try XMLReader.json(Array(wide.utf8)))) != nil)
  }

  @Test("Whatever the bytes are: an error, or one JSON value", arguments: 0..<200)
  func anything(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var bytes = Array("<?xml version='1.0'?><a b='1' c=\"&lt;\"><d>x</d><d/><![CDATA[y]]><!-- z --></a>".utf8)
    for _ in 0..<(1 + random.next() % 4) {
      let place = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 3 {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes.remove(at: place)
      default: bytes.insert(contentsOf: Array("<>&'\"-]/".utf8).shuffled(using: &random).prefix(2), at: place)
      }
      do throws(PlacedXMLFault) {
        let json = try XMLReader.json(bytes)
        #expect((try? JSONTape(json)) != nil)
      } catch {
        continue
      }
    }
  }
}
