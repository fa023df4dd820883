import Encodings
import Runbooks
import Runner
import Storage

/// Data sources: list and read. They are imported as other documents are.
enum DataSourceRoutes {
  static let routes = DocumentRoutes<DataSourceDocument>(
    plural: "data_sources", kind: "data source", storedKind: .dataSource, list: { try await $0.dataSources() },
    find: { try await $0.dataSource($1) },
    summary: { document, writer in
      let texts = [
        ("id", document.id), ("kind", document.dialect.rawValue), ("access", document.access.rawValue),
      ]
      for (key, text) in texts {
        writer.key(key)
        writer.string(text)
      }
    }, canonicalJSON: { $0.canonicalJSON }
  ).routes
}
