/// Senders that no endpoint hears of before a handshake (docs/spec/handshakes.md).
enum HandshakeSchemes {
  static let text = #"""
    # Id, time and body touch. An id is a UUID or 44 characters of Base64, and a time begins with a year and a hyphen:
    # people see where the id ends, the loader does not.
    twitch:
      about:
        title: Twitch EventSub
        page: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
        key: the secret of the subscription, as text
        notes:
          - The type of the message stands in a header that is not signed; the handshake twitch goes by the body.
      signature: {in: header, name: Twitch-Eventsub-Message-Signature, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values:
        id:
          in: header
          name: Twitch-Eventsub-Message-Id
          pattern: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z_-]{43}='
        t:
          in: header
          name: Twitch-Eventsub-Message-Timestamp
          pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?Z'
      message: "{id}{t}{body}"
      timestamp: {value: t, format: rfc3339, past: 600, future: 600}
      replay: {in: header, name: Twitch-Eventsub-Message-Id}

    asana:
      about:
        title: Asana
        page: https://developers.asana.com/docs/webhooks-guide
        key: the secret of the handshake (X-Hook-Secret), as text; the handshake asana takes it
        notes:
          - No time is signed, so a delivery stays known until the key changes.
      signature: {in: header, name: X-Hook-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    """#
}
