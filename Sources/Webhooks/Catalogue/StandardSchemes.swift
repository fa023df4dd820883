/// Schemes that several senders share: the Standard Webhooks family and the forms whose settings an endpoint chooses.
enum StandardSchemes {
  static let text = #"""
    # One text for the whole family: id, time and body, cut by full stops. The id may hold any visible character but
    # the full stop, so that nothing can move across the border.
    standard-webhooks:
      about:
        title: Standard Webhooks
        page: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        key: the secret that begins with whsec_; what follows is base64
        notes:
          - The header may hold several signatures while the sender rotates its key; one that fits is enough.
      signature: {in: header, name: webhook-signature, split: " ", tag: "v1,", encoding: base64}
      algorithm: hmac-sha256
      key: {strip: whsec_, encoding: base64}
      values:
        id: {in: header, name: webhook-id, pattern: '[!--/-~]+'}
        t: {in: header, name: webhook-timestamp}
      message: "{id}.{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: header, name: webhook-id}

    standard-webhooks-ed25519:
      about:
        title: Standard Webhooks with Ed25519
        page: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        key: the public key that begins with whpk_; what follows is base64
        notes:
          - A sender that signs both ways puts v1 and v1a into one header; this scheme looks at v1a only.
      signature: {in: header, name: webhook-signature, split: " ", tag: "v1a,", encoding: base64}
      algorithm: ed25519
      key: {strip: whpk_, encoding: ed25519-base64}
      values:
        id: {in: header, name: webhook-id, pattern: '[!--/-~]+'}
        t: {in: header, name: webhook-timestamp}
      message: "{id}.{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: header, name: webhook-id}

    # The same text under the older header names.
    svix:
      about:
        title: Svix
        page: https://docs.svix.com/receiving/verifying-payloads/how-manual
        key: the signing secret that begins with whsec_; what follows is base64
        notes:
          - Newer senders use the names of Standard Webhooks; then the scheme is standard-webhooks.
      signature: {in: header, name: svix-signature, split: " ", tag: "v1,", encoding: base64}
      algorithm: hmac-sha256
      key: {strip: whsec_, encoding: base64}
      values:
        id: {in: header, name: svix-id, pattern: '[!--/-~]+'}
        t: {in: header, name: svix-timestamp}
      message: "{id}.{t}.{body}"
      timestamp: {value: t, format: unix, past: 300, future: 300}
      replay: {in: header, name: svix-id}

    # The recipe below, written out for one choice of headers. Values stand before the body without separators, so
    # each needs a pattern that says where it ends.
    halo:
      about:
        title: Service desk with a signed date and request id
        key: the secret, as text
        notes:
          - A date of another form, or an id of another length, refuses; both patterns are part of the scheme.
      signature: {in: header, name: X-Signature, encoding: hex}
      algorithm: hmac-sha256
      key: {encoding: utf8}
      values:
        t: {in: header, name: X-Request-Date, pattern: '[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT'}
        rid: {in: header, name: X-Request-Id, pattern: '[0-9a-f]{16}'}
      message: "{t}{rid}{body}"
      timestamp: {value: t, format: rfc1123, past: 60, future: 60}
      replay: {in: header, name: X-Request-Id, pattern: '[0-9a-f]{16}'}

    # Every setting is the endpoint's; these are the defaults.
    halo-signature:
      recipe:
        header: X-Signature
        algorithm: sha256
        digest: hex
        prefix: ""
        headers_to_sign: []
        timestamp_header: null
        window: 60
        patterns: {}

    """#
}
