// A snapshot before each deploy.
//
// `pulumi package add snapstate` writes the package snapstate for this program. A CI stage then runs:
//
//	pulumi config set commit "$COMMIT" && pulumi up --yes
package main

import (
	"github.com/pulumi/pulumi-snapstate/sdk/go/snapstate"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		commit := settings.Require("commit")
		vm := settings.Get("vm")
		if vm == "" {
			vm = "/DC0/vm/prod/web-1"
		}

		before, err := snapstate.NewSnapshot(ctx, "before-deploy", &snapstate.SnapshotArgs{
			Connection:  pulumi.String("vcenter"),
			Target:      pulumi.String(vm),
			Description: pulumi.Sprintf("Before the deploy of %s", commit),
			Quiesce:     snapstate.QuiescePrefer,
			Ttl:         pulumi.String("72h"),
			// A run with the same commit changes nothing; another one takes a new snapshot, then deletes the old one.
			Triggers:  pulumi.Array{pulumi.String(commit)},
			Timeouts:  &snapstate.TimeoutsArgs{Create: pulumi.String("20m"), Delete: pulumi.String("6h")},
			OnDestroy: snapstate.OnDestroyDelete,
		})
		if err != nil {
			return err
		}

		ctx.Export("snapshot", before.Name)
		ctx.Export("obtained", before.ObtainedConsistency)
		ctx.Export("expiresAt", before.ExpiresAt)
		ctx.Export("warnings", before.Warnings)
		return nil
	})
}
