import Glibc
import Storage

/// The exclusive lock on the data folder: one process at a time. The kernel lets go of it when the
/// process ends, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Makes the folder (0700) where it is missing, and locks `lock` in it.
  init(folder: String) throws(StoreFault) {
    umask(0o077)
    if mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw errno == EROFS || errno == EACCES ? .folderReadOnly(path: folder) : .folderMissing(path: folder)
    }
    let opened = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else {
      switch errno {
      case ENOSPC: throw .diskFull
      case ENOTDIR: throw .notAFolder(path: folder)
      case ENOENT: throw .folderMissing(path: folder)
      default: throw .folderReadOnly(path: folder)
      }
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      Glibc.close(opened)
      throw .folderLocked(path: folder)
    }
    descriptor = opened
  }

  deinit {
    // Said, not only closed: a child that was forked a moment ago has the same lock until it runs its program.
    flock(descriptor, LOCK_UN)
    Glibc.close(descriptor)
  }
}
