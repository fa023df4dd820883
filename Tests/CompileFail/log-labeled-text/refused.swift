// The writer of run logs takes only `Disclosed` text: no labelled value.
// with: Sources/Runner/Viewing/LogLine.swift
// with: Sources/Runner/Viewing/JSONWriter+exchange.swift
import Encodings
import Labels
import RunEngine

func snippet(line: inout LogLine, text: LabeledText, view: DisclosureView) {
  // expect: no exact matches in call to instance method 'field'
  line.field("value", text)
}
