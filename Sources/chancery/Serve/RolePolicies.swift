/// The five roles that come with the service, as they stand in `policies/`; a test compares the two byte for byte. They
/// are saved when a data folder is started for the first time, and are ordinary policies from then on.
enum RolePolicies {
  static let texts: [(name: String, text: String)] = [
    (
      "administrator",
      #"""
      # administrator: runs the installation. Seals it, rotates keys, writes policies, makes tokens.
      # Reads no secret and starts no runbook. Who can write policies can give himself more: that is an entry in the ledger.
      path "v1/sys/*" {
        capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"]
      }
      path "v1/auth/*" {
        capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"]
      }

      # Evidence: entries, proofs, signed heads.
      path "api/ledger" {
        capabilities = ["read", "list"]
      }
      path "api/ledger/*" {
        capabilities = ["read", "list"]
      }

      # What is there and whether it is well, not what it does.
      path "api/runbooks" {
        capabilities = ["read", "list"]
      }
      path "api/integrations" {
        capabilities = ["read", "list"]
      }
      path "api/runs" {
        capabilities = ["read", "list"]
      }
      path "api/metrics" {
        capabilities = ["read"]
      }

      # May be the second person where a value is to be shown: sees who asks for what and why, and never the value.
      path "api/reveals" {
        capabilities = ["read"]
      }
      path "api/reveals/*" {
        capabilities = ["update"]
      }

      # The description of the HTTP interface, for whoever calls it.
      path "api/openapi.json" {
        capabilities = ["read"]
      }

      # How signatures of senders are checked: nothing in it is secret.
      path "api/schemes" {
        capabilities = ["read", "list"]
      }
      path "api/schemes/*" {
        capabilities = ["read"]
      }

      # What its own login was told.
      path "api/notifications" {
        capabilities = ["read"]
      }
      path "api/notifications/read" {
        capabilities = ["update"]
      }

      # Mails of failed runs.
      path "api/mail" {
        capabilities = ["read", "update", "delete"]
      }
      path "api/mail/test" {
        capabilities = ["update"]
      }

      """#
    ),
    (
      "security-team",
      #"""
      # security-team: keeps the secrets. Writes them, says which hosts they may be sent to, has one shown where it must be,
      # and lets runbooks use them. Edits no runbook: who decides where a secret may go does not also decide what is done
      # with it.
      path "v1/kv/data/*" {
        capabilities = ["create", "read", "update", "delete", "patch", "reveal"]
      }
      path "v1/kv/metadata/*" {
        capabilities = ["create", "read", "update", "delete", "list", "patch"]
      }

      # Grants are bound to what a runbook does now, so granting means reading it first.
      path "api/runbooks" {
        capabilities = ["read", "list"]
      }
      path "api/runbooks/+" {
        capabilities = ["read", "grant"]
      }
      path "api/runbooks/+/grants" {
        capabilities = ["read", "list", "grant"]
      }
      path "api/integrations" {
        capabilities = ["read", "list"]
      }
      path "api/integrations/*" {
        capabilities = ["read"]
      }

      # What was done with them.
      path "api/runs" {
        capabilities = ["read", "list"]
      }
      path "api/runs/*" {
        capabilities = ["read", "list", "reveal"]
      }

      # Requests to have a value shown where a policy wants two persons (second_person = true in the block with reveal).
      path "api/reveals" {
        capabilities = ["read"]
      }
      path "api/reveals/*" {
        capabilities = ["update"]
      }
      path "api/ledger" {
        capabilities = ["read", "list"]
      }
      path "api/ledger/*" {
        capabilities = ["read", "list"]
      }
      path "v1/sys/policies/acl" {
        capabilities = ["list"]
      }
      path "v1/sys/policies/acl/*" {
        capabilities = ["read"]
      }

      # Named keys: makes, rotates, trims and deletes them, and says who may use them; uses none.
      path "api/keys" {
        capabilities = ["list"]
      }
      path "api/keys/+" {
        capabilities = ["create", "read", "delete"]
      }
      path "api/keys/+/rotate" {
        capabilities = ["update"]
      }
      path "api/keys/+/config" {
        capabilities = ["update"]
      }
      path "api/keys/+/trim" {
        capabilities = ["update"]
      }

      # The description of the HTTP interface, for whoever calls it.
      path "api/openapi.json" {
        capabilities = ["read"]
      }

      # What every token may do with itself.
      path "v1/auth/token/lookup-self" {
        capabilities = ["read"]
      }
      path "v1/auth/token/renew-self" {
        capabilities = ["update"]
      }
      path "v1/auth/token/revoke-self" {
        capabilities = ["update"]
      }
      path "v1/sys/capabilities-self" {
        capabilities = ["update"]
      }

      # How signatures of senders are checked: nothing in it is secret.
      path "api/schemes" {
        capabilities = ["read", "list"]
      }
      path "api/schemes/*" {
        capabilities = ["read"]
      }

      # What its own login was told.
      path "api/notifications" {
        capabilities = ["read"]
      }
      path "api/notifications/read" {
        capabilities = ["update"]
      }

      # Agreeing to requests of runs, never of one's own.
      path "api/approvals/*" {
        capabilities = ["read", "update"]
      }

      """#
    ),
    (
      "runbook-author",
      #"""
      # runbook-author: writes runbooks and integrations, enters credentials that nobody sees again, tries them out.
      # Sees the names of secrets, never a value; asks the security team to grant them.
      path "api/import" {
        capabilities = ["create", "update"]
      }
      path "api/runbooks" {
        capabilities = ["create", "read", "list"]
      }
      path "api/runbooks/*" {
        capabilities = ["create", "read", "update", "delete", "list", "patch", "start"]
      }
      path "api/integrations" {
        capabilities = ["create", "read", "list"]
      }
      path "api/integrations/*" {
        capabilities = ["create", "read", "update", "delete", "list", "patch"]
      }
      # Trying methods out, and their calls: answers are shown as a log would show them.
      path "api/methods/*" {
        capabilities = ["read", "update"]
      }
      path "api/groups" {
        capabilities = ["read", "list"]
      }
      path "api/groups/*" {
        capabilities = ["create", "update", "delete"]
      }
      path "api/schemes" {
        capabilities = ["read", "list"]
      }
      path "api/schemes/*" {
        capabilities = ["read", "update", "delete"]
      }
      # Write-only: there is no answer that holds a value, so read is not given either.
      path "api/variables" {
        capabilities = ["create", "list"]
      }
      path "api/variables/*" {
        capabilities = ["create", "update", "delete", "list"]
      }

      # Names of secrets and versions, to refer to them.
      path "v1/kv/metadata" {
        capabilities = ["list"]
      }
      path "v1/kv/metadata/*" {
        capabilities = ["list"]
      }

      # Runs: follow, cancel, retry.
      path "api/runs" {
        capabilities = ["read", "list"]
      }
      path "api/runs/*" {
        capabilities = ["read", "update", "list"]
      }

      # The description of the HTTP interface, for whoever calls it.
      path "api/openapi.json" {
        capabilities = ["read"]
      }

      # What every token may do with itself.
      path "v1/auth/token/lookup-self" {
        capabilities = ["read"]
      }
      path "v1/auth/token/renew-self" {
        capabilities = ["update"]
      }
      path "v1/auth/token/revoke-self" {
        capabilities = ["update"]
      }
      path "v1/sys/capabilities-self" {
        capabilities = ["update"]
      }

      # What failed runs asked for.
      path "api/outbox" {
        capabilities = ["read"]
      }

      # What its own login was told.
      path "api/notifications" {
        capabilities = ["read"]
      }
      path "api/notifications/read" {
        capabilities = ["update"]
      }

      # Mails of failed runs.
      path "api/templates" {
        capabilities = ["read", "list"]
      }
      path "api/templates/*" {
        capabilities = ["read", "update", "delete"]
      }

      # Databases that runbooks send statements to; without their passwords.
      path "api/data_sources" {
        capabilities = ["read", "list"]
      }
      path "api/data_sources/*" {
        capabilities = ["read", "update", "delete"]
      }

      """#
    ),
    (
      "operator",
      #"""
      # operator: keeps runbooks running. Starts, cancels, retries, enables, disables, pauses, and reads the logs; edits nothing.
      path "api/runbooks" {
        capabilities = ["read", "list"]
      }
      path "api/runbooks/+" {
        capabilities = ["read", "start"]
      }
      path "api/runbooks/+/start" {
        capabilities = ["start"]
      }
      path "api/runbooks/+/enable" {
        capabilities = ["update"]
      }
      path "api/runbooks/+/disable" {
        capabilities = ["update"]
      }
      path "api/runbooks/+/pause" {
        capabilities = ["update"]
      }
      path "api/runbooks/+/resume" {
        capabilities = ["update"]
      }
      # Which variables are kept between runs, without their values, and the end of one.
      path "api/runbooks/+/kept" {
        capabilities = ["read"]
      }
      path "api/runbooks/+/kept/+" {
        capabilities = ["delete"]
      }
      path "api/integrations" {
        capabilities = ["read", "list"]
      }
      path "api/runs" {
        capabilities = ["read", "list"]
      }
      path "api/runs/*" {
        capabilities = ["read", "update", "list"]
      }
      path "api/metrics" {
        capabilities = ["read"]
      }

      # Named keys: sees them, their uses and their public halves.
      path "api/keys" {
        capabilities = ["list"]
      }
      path "api/keys/+" {
        capabilities = ["read"]
      }

      # The description of the HTTP interface, for whoever calls it.
      path "api/openapi.json" {
        capabilities = ["read"]
      }

      # What every token may do with itself.
      path "v1/auth/token/lookup-self" {
        capabilities = ["read"]
      }
      path "v1/auth/token/renew-self" {
        capabilities = ["update"]
      }
      path "v1/auth/token/revoke-self" {
        capabilities = ["update"]
      }
      path "v1/sys/capabilities-self" {
        capabilities = ["update"]
      }

      # How signatures of senders are checked: nothing in it is secret.
      path "api/schemes" {
        capabilities = ["read", "list"]
      }
      path "api/schemes/*" {
        capabilities = ["read"]
      }

      # What failed runs asked for, what became of it, and figures.
      path "api/runbooks/+/stats" {
        capabilities = ["read"]
      }
      path "api/methods/*" {
        capabilities = ["read"]
      }
      path "api/outbox" {
        capabilities = ["read"]
      }
      path "api/outbox/+/retry" {
        capabilities = ["update"]
      }

      # What its own login was told.
      path "api/notifications" {
        capabilities = ["read"]
      }
      path "api/notifications/read" {
        capabilities = ["update"]
      }

      # Mails of failed runs.
      path "api/templates" {
        capabilities = ["read", "list"]
      }
      path "api/templates/*" {
        capabilities = ["read"]
      }

      # Databases that runbooks send statements to; without their passwords.
      path "api/data_sources" {
        capabilities = ["read", "list"]
      }
      path "api/data_sources/*" {
        capabilities = ["read"]
      }
      path "api/mail" {
        capabilities = ["read"]
      }
      path "api/mail/test" {
        capabilities = ["update"]
      }

      # Agreeing to requests of runs, never of one's own.
      path "api/approvals/*" {
        capabilities = ["read", "update"]
      }

      """#
    ),
    (
      "log-viewer",
      #"""
      # log-viewer: reads what runs did, with every secret masked. Nothing else.
      path "api/runbooks" {
        capabilities = ["read", "list"]
      }
      path "api/runs" {
        capabilities = ["read", "list"]
      }
      path "api/runs/*" {
        capabilities = ["read", "list"]
      }

      # The description of the HTTP interface, for whoever calls it.
      path "api/openapi.json" {
        capabilities = ["read"]
      }

      # What every token may do with itself.
      path "v1/auth/token/lookup-self" {
        capabilities = ["read"]
      }
      path "v1/auth/token/renew-self" {
        capabilities = ["update"]
      }
      path "v1/auth/token/revoke-self" {
        capabilities = ["update"]
      }
      path "v1/sys/capabilities-self" {
        capabilities = ["update"]
      }

      # Figures, and the calls of a method.
      path "api/runbooks/+/stats" {
        capabilities = ["read"]
      }
      path "api/methods/*" {
        capabilities = ["read"]
      }

      # What its own login was told.
      path "api/notifications" {
        capabilities = ["read"]
      }
      path "api/notifications/read" {
        capabilities = ["update"]
      }

      """#
    ),
  ]
}
