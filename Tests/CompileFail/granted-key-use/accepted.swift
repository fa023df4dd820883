// Only the check of grants makes the proof that a key may do something for a runbook.
import NamedKeys
import SecretStore

func snippet(grant: RunbookGrant, use: KeyUse) {
  _ = GrantCheck.decide(runbookID: "r", use: use, material: grant.material, grants: [grant])
}
