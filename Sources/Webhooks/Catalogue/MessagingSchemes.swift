/// Chat, telephony, mail and social networks.
enum MessagingSchemes {
  static let text = #"""
    slack:
      about:
        title: Slack
        page: https://api.slack.com/authentication/verifying-requests-from-slack
        key: the app's signing secret, as text (not the verification token, which is obsolete)
        notes:
          - Interactions come as a form, events as JSON; both are signed as they are.
      signature: {in: header, name: X-Slack-Signature, tag: "v0=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: X-Slack-Request-Timestamp}}
      message: "v0:{t}:{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}

    zoom:
      about:
        title: Zoom
        page: https://developers.zoom.us/docs/api/webhooks/
        key: the app's secret token, as text
        notes:
          - The retired verification token in the Authorization header proves nothing and is not looked at.
      signature: {in: header, name: x-zm-signature, tag: "v0=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values: {t: {in: header, name: x-zm-request-timestamp}}
      message: "v0:{t}:{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}

    # Address and form, the form's names and values joined without anything between them: the sender's protocol
    # allows another form with the same signature.
    twilio-form:
      about:
        title: Twilio, form bodies
        page: https://www.twilio.com/docs/usage/security
        key: the account's auth token, as text
        notes:
          - The public URL must be the one that is entered at Twilio, query included; it is part of what is signed.
          - Twilio signs form bodies this way and JSON bodies as twilio-json says.
      signature: {in: header, name: X-Twilio-Signature, encoding: base64}
      algorithm: hmac-sha1
      key: {encoding: utf8}
      message: "{url}{form-sorted(body)}"
      replay: {in: header, name: I-Twilio-Idempotency-Token}

    # The body is bound through its SHA-256 in the address, which is what the signature covers.
    twilio-json:
      about:
        title: Twilio, JSON bodies
        page: https://www.twilio.com/docs/usage/security
        key: the account's auth token, as text
        notes:
          - The parameter bodySHA256 must be there; a request without it is refused, whatever it says.
      signature: {in: header, name: X-Twilio-Signature, encoding: base64}
      algorithm: hmac-sha1
      key: {encoding: utf8}
      message: "{url}"
      expect: [{in: query, name: bodySHA256, equals: "{sha256hex(body)}"}]
      replay: {in: header, name: I-Twilio-Idempotency-Token}

    sendgrid:
      about:
        title: SendGrid event webhook
        page: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events
        key: the verification key, base64 of a P-256 public key
        notes:
          - Time and body touch; only the ten digits of the pattern say where the time ends.
      signature: {in: header, name: X-Twilio-Email-Event-Webhook-Signature, encoding: base64}
      algorithm: ecdsa-p256-sha256-der
      key: {encoding: spki-base64}
      values: {t: {in: header, name: X-Twilio-Email-Event-Webhook-Timestamp, pattern: '[0-9]{10}'}}
      message: "{t}{body}"
      timestamp: {value: t, format: unix, past: 600, future: 300}

    # Only time and token are signed. The token is thrown away by whoever follows the sender's advice; here the
    # signed text, token included, is remembered.
    mailgun:
      about:
        title: Mailgun
        page: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
        key: the HTTP webhook signing key, as text
        notes:
          - The event itself is not signed. Treat it as a hint and fetch what matters from the sender.
      signature: {in: json, name: /signature/signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values:
        t: {in: json, name: /signature/timestamp, pattern: '[0-9]{10}'}
        token: {in: json, name: /signature/token, pattern: '[0-9a-f]{50}'}
      message: "{t}{token}"
      timestamp: {value: t, format: unix, past: 900, future: 300}
      replay: {in: json, name: /signature/token, pattern: '[0-9a-f]{50}'}

    telnyx:
      about:
        title: Telnyx
        page: https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks
        key: the public key of the account, base64 of 32 bytes
      signature: {in: header, name: telnyx-signature-ed25519, encoding: base64}
      algorithm: ed25519
      key: {encoding: ed25519-base64}
      values: {t: {in: header, name: telnyx-timestamp}}
      message: "{t}|{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}

    line:
      about:
        title: LINE
        page: https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
        key: the channel secret, as text
        notes:
          - The secret looks like hex and is used as text; decoded it fits no signature.
      signature: {in: header, name: X-Line-Signature, encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    # The body is signed as sent, with letters outside ASCII as \u escapes: any re-serialisation breaks it.
    meta:
      about:
        title: Meta (Facebook, Instagram, WhatsApp)
        page: https://developers.facebook.com/docs/graph-api/webhooks/getting-started
        key: the app secret, as text
        notes:
          - The older header X-Hub-Signature holds SHA-1 and is not looked at.
      signature: {in: header, name: X-Hub-Signature-256, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    x-twitter:
      about:
        title: X (Twitter)
        page: https://docs.x.com/x-api/webhooks/introduction
        key: the app's consumer secret (API secret key), as text
        notes:
          - The tag says sha256= and the digest is base64, not hex.
      signature: {in: header, name: x-twitter-webhooks-signature, tag: "sha256=", encoding: base64}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      message: "{body}"

    """#
}
