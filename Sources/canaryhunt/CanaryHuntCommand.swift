import Foundation
import Hunting

/// `canaryhunt`: looks for planted secrets in everything that a service left behind.
///
/// Exit codes: 0 nothing was found, 1 something was, 2 not everything could be searched.
@main
struct CanaryHuntCommand {
  static let usage = """
    usage: canaryhunt new NAME…
             writes a file of canaries to standard output: one random value for each name
           canaryhunt search --canaries FILE [--except PATH]… [--process PID]… [--plant] [PATH…|-]
             searches files, folders (databases and names included), command lines and environments, or standard
             input for every canary in every form; one line a find, never the value
             --except   a file that holds one by design, by its path in the folder
             --plant    first plant every canary in every form and see that it is found
    """

  static func main() {
    do {
      var arguments = CommandLine.arguments.dropFirst()
      switch arguments.popFirst() {
      case "new":
        guard !arguments.isEmpty else { throw HuntFailure(usage) }
        for name in arguments { FileHandle.standardOutput.write(Data(CanaryFile.newLine(named: name))) }
      case "search": exit(try search(try SearchOptions(arguments)) ? 1 : 0)
      default: throw HuntFailure(usage)
      }
    } catch let failure as HuntFailure {
      FileHandle.standardError.write(Data("error: \(failure.sentence)\n".utf8))
      exit(2)
    } catch {
      FileHandle.standardError.write(Data("error: an unexpected fault of the kind \(type(of: error))\n".utf8))
      exit(2)
    }
  }

  /// Whether anything was found.
  private static func search(_ options: SearchOptions) throws(HuntFailure) -> Bool {
    let hunt = try CanaryHunt(try CanaryFile.read(options.canaries))
    var summary = ""
    if options.plants {
      summary = "\(try HuntControls.prove(hunt)) plants found; "
    }
    var sweep = HuntSweep(hunt, except: Set(options.exceptions))
    for path in options.paths {
      if path == "-" { try sweep.searchStandardInput() } else { try sweep.search(path: path) }
    }
    for process in options.processes { try sweep.search(process: process) }
    for find in sweep.finds { print(find.line) }
    let spared = sweep.spared.isEmpty ? "" : ", without \(sweep.spared.sorted().joined(separator: ", "))"
    print(
      "\(summary)\(sweep.finds.count) finds of \(hunt.canaries.count) canaries in \(sweep.places) files and streams"
        + spared)
    return !sweep.finds.isEmpty
  }
}
