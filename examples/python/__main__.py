"""A snapshot before each deploy.

`pulumi package add snapstate` writes the package pulumi_snapstate for this program. A CI stage then runs:

    pulumi config set commit "$COMMIT" && pulumi up --yes
"""

import pulumi
import pulumi_snapstate as snapstate

config = pulumi.Config()
commit = config.require("commit")
vm = config.get("vm") or "/DC0/vm/prod/web-1"

before = snapstate.Snapshot(
    "before-deploy",
    connection="vcenter",
    target=vm,
    description=f"Before the deploy of {commit}",
    quiesce="prefer",
    ttl="72h",
    # A run with the same commit changes nothing; another commit takes a new snapshot, then deletes the old one.
    triggers=[commit],
    timeouts=snapstate.TimeoutsArgs(create="20m", delete="6h"),
    on_destroy="delete",
)

ready = snapstate.check_target_output(connection="vcenter", target=vm)

pulumi.export("snapshot", before.name)
pulumi.export("obtained", before.obtained_consistency)
pulumi.export("expiresAt", before.expires_at)
pulumi.export("warnings", before.warnings)
pulumi.export("findings", ready.findings)
