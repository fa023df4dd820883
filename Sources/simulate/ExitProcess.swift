import Glibc

/// Ends the process with this code.
func exitProcess(_ code: Int32) -> Never { exit(code) }
