#!/usr/bin/env bash
# A deployment stage for CI: post the plan, take a snapshot of a group of VMs, deploy, and drop the snapshot or revert.
#
#   VMS=/DC0/vm/web-1,/DC0/vm/db-1 COMMIT=$GITHUB_SHA ./ci-stage.sh plan      # writes pr-comment.md
#   VMS=… COMMIT=… RUN=$GITHUB_RUN_ID DEPLOY=./deploy.sh ./ci-stage.sh deploy
#
# VMS is a list with commas. DEPLOY is a command; what it exits with decides. Connections come from the environment
# (SNAPSTATE_<NAME>_…, see docs/connections.md). It ends with 0 when the deploy succeeded, 1 when it failed and every VM was
# reverted, and 2 when a person must look: a VM could not be reverted, or its snapshot not be taken or dropped.
set -euo pipefail
cd "$(dirname "$0")"

: "${VMS:?a list of VMs, with commas}" "${COMMIT:?what is deployed}"
PULUMI=${PULUMI:-pulumi}
SNAPSTATE=${SNAPSTATE:-npx snapstate}
CONNECTION=${CONNECTION:-default}
COMMENT=${COMMENT:-pr-comment.md}
settings=(--config "connection=$CONNECTION" --config "vms=$VMS" --config "commit=$COMMIT")
[ -z "${CONSISTENCY:-}" ] || settings+=(--config "consistency=$CONSISTENCY")

# `pulumi up --config` also writes to the stack's settings, where a rollback of an earlier run must not be found.
none=(--config "rollback=")

trees() {
  local vm
  while read -r -d, vm; do
    printf '\n```mermaid\n'
    $SNAPSTATE tree -c "$CONNECTION" --mermaid - "$vm"
    printf '```\n'
  done <<<"$VMS,"
}

plan() {
  local plan status=0
  plan=$($PULUMI preview --diff "${settings[@]}" "${none[@]}" 2>&1) || status=$?
  {
    printf '## Snapshots around the deploy of %s\n' "$COMMIT"
    printf '\n### Plan\n\n```text\n%s\n```\n' "$plan"
    printf '\n### Now\n'
    trees
  } >"$COMMENT"
  return "$status"
}

look() {
  echo "$1 Look at the VMs: $VMS" >&2
  exit 2
}

deploy() {
  : "${DEPLOY:?the command that deploys}"
  $PULUMI up --yes --skip-preview "${settings[@]}" "${none[@]}" ||
    look "Not every VM could be snapshotted, so nothing was deployed."
  if bash -c "$DEPLOY"; then
    $PULUMI destroy --yes --skip-preview || look "The deploy succeeded, and the snapshots could not be dropped."
    return 0
  fi
  echo "The deploy failed; reverting $VMS" >&2
  $PULUMI up --yes --skip-preview "${settings[@]}" --config "rollback=${RUN:-$(date -u +%s)}" ||
    look "The deploy failed, and not every VM could be reverted."
  $PULUMI destroy --yes --skip-preview || look "The VMs were reverted, and the snapshots could not be dropped."
  return 1
}

case "${1:-}" in
  plan | deploy) "$1" ;;
  *) echo "usage: $0 plan|deploy" >&2 && exit 64 ;;
esac
