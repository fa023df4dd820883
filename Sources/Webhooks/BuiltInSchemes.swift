/// The schemes that come with the program, in the same language that administrators write.
enum BuiltInSchemes {
  static let text = """
    # GitHub signs the body alone. The delivery id is not signed: it is kept for people, and a delivery is recognised
    # by its bytes.
    github:
      signature: {in: header, name: X-Hub-Signature-256, tag: "sha256=", encoding: hex}
      algorithm: hmac-sha256
      message: "{body}"
      replay: {in: header, name: X-GitHub-Delivery}

    # The configurable signature: every setting is the endpoint's.
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

    """
}
