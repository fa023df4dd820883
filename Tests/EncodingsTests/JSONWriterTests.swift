import Encodings
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  @Test("Members stand in the order in which they are written, without white space")
  func writing() throws {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("z")
    writer.beginArray()
    writer.integer(.min)
    writer.bool(true)
    writer.bool(false)
    writer.null()
    writer.beginObject()
    writer.endObject()
    writer.beginArray()
    writer.endArray()
    writer.endArray()
    writer.key("a\n")
    writer.string("\"")
    writer.key("raw")
    writer.raw("1.00".utf8)
    writer.key("bytes")
    writer.stringBytes([0xC3, 0xA9])
    writer.endObject()
    let text = writer.finish()
    #expect(
      String(decoding: text, as: UTF8.self)
        == #"{"z":[-9223372036854775808,true,false,null,{},[]],"a\n":"\"","raw":1.00,"bytes":"é"}"#)
    let tape = try JSONTape(text)
    #expect(tape.canonicalText(tape.root) == text)
  }

  @Test("A root may be a scalar")
  func scalar() {
    var writer = JSONWriter()
    writer.string("x")
    #expect(writer.finish() == Array("\"x\"".utf8))
  }

  @Test("A text that is taken piece by piece is the same as one that is written at once")
  func pieces() {
    var writer = JSONWriter()
    var text = writer.take()
    writer.beginObject()
    writer.key("list")
    text += writer.take()
    writer.beginArray()
    for number in 0..<3 {
      writer.integer(Int64(number))
      #expect(writer.count > 0)
      text += writer.take()
      #expect(writer.count == 0)
    }
    writer.endArray()
    writer.endObject()
    text += writer.take()
    #expect(writer.finish() == [])
    #expect(String(decoding: text, as: UTF8.self) == #"{"list":[0,1,2]}"#)
  }

  @Test("Calls that make no JSON stop the process")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.beginObject()
      writer.null()
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.null()
      writer.null()
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.null()
      _ = writer.take()
      writer.null()
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.beginArray()
      _ = writer.finish()
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.beginArray()
      writer.endObject()
    }
  }
}
