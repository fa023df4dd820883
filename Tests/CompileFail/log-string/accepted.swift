// The writer of run logs takes only `Disclosed` text: no plain string.
// with: Sources/Runner/Viewing/LogLine.swift
// with: Sources/Runner/Viewing/JSONWriter+exchange.swift
import Encodings
import Labels
import RunEngine

func snippet(line: inout LogLine, text: String) {
  line.field("value", Disclosed(PublicName(documentName: text)))
}
