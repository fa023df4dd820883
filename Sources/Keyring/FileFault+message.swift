internal import Glibc

extension FileFault {
  /// What an operator should read: the file, and what is the matter with it.
  package var message: String {
    let cause =
      switch code {
      case ENOSPC, EDQUOT: "the disk is full"
      case EROFS: "the file system is read-only"
      case EACCES, EPERM: "permission is denied"
      case ENOENT: "it is not there"
      case ELOOP: "it is a symbolic link, which is not followed"
      case EEXIST: "it exists already"
      case EIO: "the disk reported an input/output error"
      default: "system error \(code)"
      }
    return "\(file): cannot \(step.rawValue): \(cause)"
  }

  /// The one line of remedy, where there is one.
  package var remedy: String? {
    switch code {
    case ENOSPC, EDQUOT: "Free some space; nothing was changed."
    case EROFS, EACCES, EPERM: "Give the service's user read and write access to the data folder."
    case EIO: "Check the disk; restore the folder from a backup if the error stays."
    default: nil
    }
  }
}
