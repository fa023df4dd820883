import Glibc
import Ledger
import Runner
import SQLiteStore
import Storage

/// A copy of a data folder, read for its ledger without changing a byte of it.
///
/// SQLite writes when it opens a database: it recovers the log of the last commits. So the database and its log are
/// copied once more, to a private folder below TMPDIR, opened there, and removed. What is in them is sealed wherever it
/// lies; the names, states and times that stand in clear are in that folder for as long as this runs (mode 0700).
struct LedgerCopy: Sendable {
  let folder: String

  private static let database = "chancery.db"
  private static let log = "chancery.db-wal"
  /// Everything that an opened database may have in its folder.
  private static let names = [database, log, "chancery.db-shm", "chancery.db-journal", "lock"]

  /// Lends the ledger to `body`.
  func read<Result>(_ body: (Content) async throws -> Result) async throws -> Result {
    let workplace = try copyAside()
    do {
      let store = try open(workplace)
      do {
        let result = try await body(Content(store: store))
        await store.close()
        remove(workplace)
        return result
      } catch {
        await store.close()
        throw error
      }
    } catch {
      remove(workplace)
      throw error
    }
  }

  private func open(_ workplace: String) throws(CommandFailure) -> SQLiteStore {
    do throws(StoreFault) {
      return try SQLiteStore(
        SQLiteStore.Configuration(
          folder: workplace, now: ServiceClock.system.now, signHead: { _ in nil },
          onFailedSync: {
            Terminal.errors.line("error: the disk below TMPDIR did not keep the copy")
            _exit(1)
          }))
    } catch {
      if case .notADatabase = error {
        throw CommandFailure(.notSo, "\(folder)/\(Self.database) is not a Chancery database")
      }
      throw CommandFailure(.notSo, error.sentence)
    }
  }

  /// The private folder with the database in it.
  private func copyAside() throws(CommandFailure) -> String {
    let lock = try hold()
    defer { if let lock { close(lock) } }
    let parent = Environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(parent)/chancery-verify-XXXXXX".utf8CString)
    guard
      let made = template.withUnsafeMutableBufferPointer({ buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
      })
    else {
      throw CommandFailure(
        .notSo, "no private folder can be made in \(parent): \(SystemCause.of(errno))",
        remedy: "Name a folder that is writable in TMPDIR.")
    }
    do throws(CommandFailure) {
      try copy(Self.database, to: made, isNeeded: true)
      try copy(Self.log, to: made, isNeeded: false)
      return made
    } catch {
      remove(made)
      throw error
    }
  }

  /// Keeps a service from starting in the folder while it is copied. Nil where the copy has no lock file.
  private func hold() throws(CommandFailure) -> Int32? {
    let descriptor = Glibc.open("\(folder)/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
      close(descriptor)
      throw CommandFailure(
        .notSo, "a service is running in \(folder)",
        remedy: "Verify the running service without --data, or a copy of the folder.")
    }
    return descriptor
  }

  private func copy(_ name: String, to place: String, isNeeded: Bool) throws(CommandFailure) {
    let path = "\(folder)/\(name)"
    let source = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else {
      if errno == ENOENT, !isNeeded { return }
      throw CommandFailure(.usage, "\(path) cannot be read: \(SystemCause.of(errno))", remedy: "Name a data folder.")
    }
    defer { close(source) }
    let target = Glibc.open("\(place)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw failure(place) }
    defer { close(target) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(source, &piece, piece.count)
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw CommandFailure(.notSo, "\(path) cannot be read: \(SystemCause.of(errno))")
      }
      var position = 0
      while position < count {
        let written = piece[position..<count].withUnsafeBytes { Glibc.write(target, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw failure(place) }
        position += written
      }
    }
  }

  private func failure(_ place: String) -> CommandFailure {
    CommandFailure(
      .notSo, "\(place) cannot be written: \(SystemCause.of(errno))",
      remedy: "The copy needs as much room as the database; name another folder in TMPDIR.")
  }

  private func remove(_ workplace: String) {
    for name in Self.names { unlink("\(workplace)/\(name)") }
    rmdir(workplace)
  }
}

extension LedgerCopy {
  /// What the copy's ledger holds.
  struct Content: Sendable {
    fileprivate let store: SQLiteStore

    private static let page = 10_000

    func head() async throws -> String? { try await store.ledgerHead() }

    func state() async throws -> LedgerState { try await store.ledgerState() }

    /// Hands over every row until `push` has seen enough.
    func rows(_ push: (LedgerRow) -> Bool) async throws {
      var next: UInt64 = 0
      while true {
        let rows = try await store.ledgerRows(from: next, limit: Self.page)
        for row in rows where !push(row) { return }
        guard let last = rows.last else { return }
        next = last.index + 1
      }
    }
  }
}
