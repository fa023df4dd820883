import MessageSignatures

/// The keys of an integration's authorisation.
extension NativeObject {
  static let clientCertificateKeys = [
    NativeKey("certificate", credentialShape, "The chain in PEM form, or where it is; else it is in key."),
    NativeKey(
      "key", credentialShape, "The private key in PEM form; entered as client_key where it stands nowhere else."),
  ]

  static let authorizationKeys = [
    NativeKey(
      "type", .choice(AuthorizationReader.types + ["unsupported"]), required: true, "The kind of authorisation."),
    NativeKey("token", credentialShape, "bearer: the token."),
    NativeKey("username", .text, "basic, oauth2 with the grant password: the user name."),
    NativeKey("password", credentialShape, "basic, oauth2 with the grant password: the password."),
    NativeKey(
      "header", .text, "api_key, oauth2, jwt: the header that carries it; Authorization by default for tokens."),
    NativeKey(
      "prefix", .text, "api_key, oauth2, jwt: text before it in the header, with its own space; Bearer for tokens."),
    NativeKey("query", .text, "api_key: the query parameter that carries the key."),
    NativeKey(
      "key", verificationKeyShape,
      "api_key: the key. jwt: the key that signs, or a named key. mtls: the private key in PEM form, with the chain where that is not "
        + "in certificate."),
    NativeKey(
      "grant", .choice(OAuth2Settings.Grant.allCases.map(\.rawValue) + ["none", "jwt_bearer"]),
      "oauth2: how a token is had, client_credentials by default. jwt: jwt_bearer exchanges it at token_url."),
    NativeKey("token_url", .text, "oauth2, jwt: where tokens are fetched."),
    NativeKey("client_id", .text, "oauth2: the client's id."),
    NativeKey("client_secret", credentialShape, "oauth2: the client's secret."),
    NativeKey(
      "client_auth", .choice(OAuth2Settings.ClientAuthentication.allCases.map(\.rawValue)),
      "oauth2: how the client proves itself; basic by default, none for a client without a secret."),
    NativeKey("scope", .text, "oauth2, jwt: the scopes, with spaces between them."),
    NativeKey("authorization_url", .text, "oauth2 with the grant authorization_code: where a person says yes."),
    NativeKey("redirect_uri", .text, "oauth2 with the grant authorization_code: where the browser is sent then."),
    NativeKey("pkce", .boolean, "oauth2 with the grant authorization_code: RFC 7636; true by default."),
    NativeKey("parameters", .map(.scalar), "oauth2, jwt: further parameters of the token request; no secrets."),
    NativeKey("token_name", .text, "oauth2, jwt: the member of the answer with the token; access_token by default."),
    NativeKey("expires", .duration, "oauth2, jwt: how long a token is used whose answer does not say it."),
    NativeKey(
      "encoding", .choice(SigningKeyText.Encoding.allCases.map(\.rawValue)),
      "jwt: how the key is written; pem for key pairs, utf8 else by default."),
    NativeKey(
      "algorithm", .choice(MessageSignatureAlgorithm.allCases.map(\.rawValue)),
      "jwt: what the key is used with; rsa-v1_5-sha256 by default."),
    NativeKey("keyid", .text, "jwt: the name by which the receiver knows the key."),
    NativeKey("typ", .text, "jwt: the type of the token; JWT by default."),
    NativeKey("lifetime", .duration, "jwt: until it expires; 5m by default."),
    NativeKey("issuer", .text, "jwt: the claim iss."),
    NativeKey("subject", .text, "jwt: the claim sub."),
    NativeKey("audience", .text, "jwt: the claim aud."),
    NativeKey("claims", .text, "jwt: a JSON object of further claims; iat, exp and jti are added."),
    NativeKey("signing", .object(.signing), "signature: how every request is signed."),
    NativeKey(
      "certificate", credentialShape, "mtls, certificate: the chain in PEM form, or where it is; else it is in key."),
    NativeKey("description", .text, "unsupported: what an import found."),
  ]
}
