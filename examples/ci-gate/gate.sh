#!/bin/sh
# The same stage without a CI product: gate.sh STACK COMMIT COMMAND...
# Takes the snapshot, then runs the deploy. Without a snapshot nothing is deployed.
set -eu

stack=${1:?name the stack}
commit=${2:?name the commit}
shift 2

pulumi config set commit "$commit" --stack "$stack"
pulumi up --yes --non-interactive --stack "$stack"

if "$@"; then
  echo "deployed $commit; the snapshot is $(pulumi stack output snapshot --stack "$stack")"
else
  status=$?
  echo "the deploy of $commit failed; revert to $(pulumi stack output snapshot --stack "$stack") if need be" >&2
  exit "$status"
fi
