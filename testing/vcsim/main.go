// Command vcsim is govmomi's vCenter simulator with what testing snapshots needs on top. See README.md.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	o := options{}
	flag.IntVar(&o.vms, "vm", 2, "VMs in /DC0/vm, in total")
	flag.BoolVar(&o.autostart, "autostart", true, "power the VMs on; false halves the time to create many")
	flag.StringVar(&o.username, "username", "user", "the login's user name")
	flag.StringVar(&o.password, "password", cmp.Or(os.Getenv("VCSIM_PASSWORD"), "pass"), "the login's password; rather set VCSIM_PASSWORD, which a process list does not show")
	flag.DurationVar(&o.sessionTimeout, "session-timeout", 0, "end idle sessions after this time, such as 2s")
	flag.BoolVar(&o.quotedCookie, "quoted-cookie", false, "put the session cookie's value in double quotes, as vCenter does")
	flag.IntVar(&o.settings.maxLevels, "max-levels", 32, "snapshots in a chain before TooManySnapshotLevels")
	callMs := flag.Int("delay", 0, "ms before every SOAP call")
	taskMs := flag.Int("task-delay", 0, "ms every snapshot task takes")
	poweredOff := flag.String("powered-off", "", "names of VMs to start powered off, comma-separated")
	stored := flag.String("store-escaped", "raw", "how %2f, %5c and %25 in a name are kept: raw, or decoded")
	busy := flag.String("busy", "wait", "what a second task on a busy VM meets: wait, call (TaskInProgress), task (the same, as task error)")
	withStdin := flag.Bool("exit-with-stdin", false, "exit when stdin closes, so that a killed parent leaves nothing behind")
	flag.Parse()
	if err := o.check(*stored, *busy, flag.Args()); err != nil {
		log.Fatal(err)
	}
	o.settings.callDelay = time.Duration(*callMs) * time.Millisecond
	o.settings.taskDelay = time.Duration(*taskMs) * time.Millisecond
	o.settings.decodeNames = *stored == "decoded"
	o.settings.busy = busyMode(*busy)
	o.poweredOff = strings.FieldsFunc(*poweredOff, func(r rune) bool { return r == ',' })

	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	if *withStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			end <- syscall.SIGTERM
		}()
	}
	started, err := serve(o)
	if err != nil {
		log.Fatal(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(started.ready)
	<-end
	started.model.Remove()
}

func (o options) check(stored, busy string, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %s", rest[0])
	case o.vms < 0:
		return fmt.Errorf("-vm must not be negative")
	case stored != "raw" && stored != "decoded":
		return fmt.Errorf("-store-escaped must be raw or decoded, not %s", stored)
	case busy != "wait" && busy != "call" && busy != "task":
		return fmt.Errorf("-busy must be wait, call or task, not %s", busy)
	}
	return nil
}
