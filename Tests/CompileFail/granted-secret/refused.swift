// Only the check of grants makes the proof that a runbook may read a secret.
import SecretStore

func snippet(grant: RunbookGrant, path: KVPath) {
  // expect: 'GrantedSecret' initializer is inaccessible due to 'fileprivate' protection level
  _ = GrantedSecret(path, grant)
}
