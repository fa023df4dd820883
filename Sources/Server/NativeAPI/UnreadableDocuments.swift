import Encodings
import Storage

/// Documents of a list that cannot be read: so that whoever asks can delete them, go back, or import over them.
enum UnreadableDocuments {
  /// Writes the key `unreadable`, where there are any.
  static func write(_ rows: [(row: StoredDocument, reason: String)], to writer: inout JSONWriter) {
    guard !rows.isEmpty else { return }
    writer.key("unreadable")
    writer.beginArray()
    for (row, reason) in rows {
      writer.beginObject()
      writer.key("id")
      writer.string(row.id)
      writer.key("name")
      writer.string(row.name)
      writer.key("revision")
      writer.integer(Int64(clamping: row.revision))
      writer.key("updated_at")
      writer.string(row.updatedAt.rfc3339)
      writer.key("reason")
      writer.string(reason)
      writer.endObject()
    }
    writer.endArray()
  }
}
