// The writer of run logs takes only `Disclosed` text: no plain string.
// with: Sources/Runner/Viewing/LogLine.swift
// with: Sources/Runner/Viewing/JSONWriter+exchange.swift
import Encodings
import Labels
import RunEngine

func snippet(line: inout LogLine, text: String) {
  // expect: no exact matches in call to instance method 'field'
  line.field("value", text)
}
