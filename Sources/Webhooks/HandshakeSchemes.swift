/// Schemes of senders whose handshake is known here and that the other families do not hold.
enum HandshakeSchemes {
  static let text = #"""
    # Id, time and body touch. An id is a UUID or 44 characters of Base64, so that its end is seen, though not by the
    # loader.
    twitch:
      signature: {in: header, name: Twitch-Eventsub-Message-Signature, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      values:
        id: {in: header, name: Twitch-Eventsub-Message-Id, pattern: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z_-]{43}='}
        t: {in: header, name: Twitch-Eventsub-Message-Timestamp, pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?Z'}
      message: "{id}{t}{body}"
      timestamp: {value: t, format: rfc3339, past: 600, future: 600}
      replay: {in: header, name: Twitch-Eventsub-Message-Id}

    # The key is the secret of the handshake (X-Hook-Secret).
    asana:
      signature: {in: header, name: X-Hook-Signature, encoding: hex}
      algorithm: hmac-sha256
      message: "{body}"

    """#
}
