// Only the check of grants makes the proof that a runbook may read a secret.
import SecretStore

func snippet(grant: SecretGrant, path: KVPath) {
  // expect: 'GrantedSecret' initializer is inaccessible due to 'fileprivate' protection level
  _ = GrantedSecret(grant)
}
