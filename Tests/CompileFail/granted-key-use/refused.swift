// Only the check of grants makes the proof that a key may do something for a runbook.
import NamedKeys
import SecretStore

func snippet(grant: RunbookGrant, use: KeyUse) {
  // expect: 'GrantedKeyUse' initializer is inaccessible due to 'fileprivate' protection level
  _ = GrantedKeyUse(use, grant)
}
