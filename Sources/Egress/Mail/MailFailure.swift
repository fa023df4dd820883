package import Destinations

/// Why a mail was not handed over. No text of the server is in it, only its codes.
package enum MailFailure: Error, Hashable, Sendable {
  /// What the server did not do as it must.
  package enum Speech: String, Hashable, Sendable {
    case notSMTP = "not-smtp"
    case tooLong = "reply-too-long"
    /// It said something that it was not asked for, or something before TLS that would be read after it.
    case unasked = "unasked-reply"
    case noStartTLS = "no-starttls"
    case noAuthentication = "no-authentication"
  }

  /// How far it had come.
  package enum Stage: String, Hashable, Sendable {
    case greeting, hello, starttls, authentication, sender, recipient, data, message
  }

  /// The connection: no address, no route, no trust, no time.
  case connection(EgressFailure)
  /// The connection, when all of the mail was on its way and the server had not said whether it takes it.
  case unanswered(EgressFailure)
  /// The server answered with a code that does not go on.
  case reply(code: Int, Stage)
  case speech(Speech)
  /// Larger than the server takes.
  case tooLarge
  /// Without TLS only a server on this machine is spoken to.
  case clearBeyondLoopback
  /// Without TLS a server is called only where its name and port are allowed.
  case clearNotAllowed(HostPort)

  /// Whether trying again cannot help before somebody changes something.
  package var isFinal: Bool {
    switch self {
    case .reply(let code, _): (500...599).contains(code)
    case .tooLarge, .clearBeyondLoopback: true
    case .connection, .unanswered, .speech, .clearNotAllowed: false
    }
  }

  /// What became of the connection; nil where it was not that.
  package var connection: EgressFailure? {
    switch self {
    case .connection(let failure), .unanswered(let failure): failure
    case .reply, .speech, .tooLarge, .clearBeyondLoopback, .clearNotAllowed: nil
    }
  }

  /// Whether the server may have taken the mail all the same.
  package var mayHaveArrived: Bool {
    switch self {
    case .unanswered: true
    case .connection, .reply, .speech, .tooLarge, .clearBeyondLoopback, .clearNotAllowed: false
    }
  }

  /// What the outbox shows.
  package var word: String {
    switch self {
    case .connection(let failure), .unanswered(let failure): failure.reason
    case .reply(let code, let stage): "reply \(code) to \(stage.rawValue)"
    case .speech(let fault): fault.rawValue
    case .tooLarge: "too-large"
    case .clearBeyondLoopback: "clear-beyond-loopback"
    case .clearNotAllowed: "blocked"
    }
  }

  /// One sentence with the remedy.
  package var message: String {
    switch self {
    case .connection(let failure) where failure.mayHaveArrived:
      "the mail server did not come as far as taking a mail: \(failure.message)"
    case .connection(let failure): "the mail server was not reached: \(failure.message)"
    case .unanswered(let failure):
      "all of the mail was sent, and the mail server did not say whether it takes it (\(failure.message)), so it may arrive"
    case .reply(let code, .authentication):
      "the mail server answered \(code) to the login; check the user and the password of `chancery mail set`"
    case .reply(let code, let stage): "the mail server answered \(code) to the \(stage.rawValue)"
    case .speech(.notSMTP): "what answers there does not speak SMTP; check port and --tls"
    case .speech(.tooLong): "a reply of the mail server is over the limit"
    case .speech(.unasked): "the mail server said something that it was not asked for; the connection is not trusted"
    case .speech(.noStartTLS): "the mail server offers no STARTTLS, and mail is not sent in clear; check --tls"
    case .speech(.noAuthentication): "the mail server takes neither PLAIN nor LOGIN; set it without --user"
    case .tooLarge: "the mail is larger than the mail server takes"
    case .clearBeyondLoopback: "without TLS only a mail server on this machine is used; set --tls starttls or tls"
    case .clearNotAllowed(let place):
      "without TLS the mail server is called only where that is allowed; start the service with --allow-egress \(place)"
    }
  }
}
