/// The schemes that come with the program, in the same language that administrators write
/// (docs/spec/webhook-schemes.md), by families of senders.
///
/// They are text in the program and no files beside it, so that the one binary is all that has to be installed, and
/// nobody who can write a folder can change what a signature proves.
enum BuiltInSchemes {
  /// One mapping, as a file of schemes is.
  static let text = [
    StandardSchemes.text, DeveloperSchemes.text, PaymentSchemes.text, BusinessSchemes.text, MessagingSchemes.text,
    CloudSchemes.text,
  ].joined()
}
