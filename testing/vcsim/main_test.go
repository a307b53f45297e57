package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// lab is a running simulator with a logged-in govmomi client, over real sockets.
type lab struct {
	*testing.T
	sim    *running
	client *govmomi.Client
	ctx    context.Context
}

func newLab(t *testing.T, change func(*options)) *lab {
	t.Helper()
	o := options{vms: 2, autostart: true, username: "user", password: "pass", settings: settings{maxLevels: 32}}
	if change != nil {
		change(&o)
	}
	sim, err := serve(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.model.Remove)
	at, _ := url.Parse(sim.ready.URL)
	at.User = url.UserPassword(o.username, o.password)
	client, err := govmomi.NewClient(t.Context(), at, true)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t, sim, client, t.Context()}
}

// control calls the control API and reads its reply.
func (l *lab) control(method, path string, body any, into any) int {
	l.Helper()
	text, _ := json.Marshal(body)
	req, _ := http.NewRequest(method, l.sim.ready.Control+path, bytes.NewReader(text))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		l.Fatal(err)
	}
	defer res.Body.Close()
	if into != nil {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			l.Fatal(err)
		}
	}
	return res.StatusCode
}

func (l *lab) vms() []vmView {
	views := []vmView{}
	l.control("GET", "/vms", nil, &views)
	return views
}

func (l *lab) vm(i int) *object.VirtualMachine {
	return object.NewVirtualMachine(l.client.Client, moref{Type: "VirtualMachine", Value: l.vms()[i].Moref})
}

func (l *lab) snapshot(vm *object.VirtualMachine, name string) moref {
	l.Helper()
	task, err := vm.CreateSnapshot(l.ctx, name, "", false, false)
	if err != nil {
		l.Fatal(err)
	}
	info, err := task.WaitForResult(l.ctx)
	if err != nil {
		l.Fatal(err)
	}
	return info.Result.(moref)
}

// fault names the type of an error's fault, in a call or in a task.
func fault(err error) string {
	switch {
	case err == nil:
		return ""
	case soap.IsSoapFault(err):
		return typeName(soap.ToSoapFault(err).VimFault())
	case soap.IsVimFault(err):
		return typeName(soap.ToVimFault(err))
	}
	if in, ok := err.(interface{ Fault() types.BaseMethodFault }); ok {
		return typeName(in.Fault())
	}
	return err.Error()
}

func (l *lab) equal(what string, has, wanted any) {
	l.Helper()
	a, _ := json.Marshal(has)
	b, _ := json.Marshal(wanted)
	if !bytes.Equal(a, b) {
		l.Errorf("%s: has %s, wanted %s", what, a, b)
	}
}

// raw sends a SOAP body as it is, with the session of an own login.
func (l *lab) raw(cookies http.CookieJar, body string) (int, string, error) {
	client := &http.Client{
		Jar:       cookies,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		Timeout:   10 * time.Second,
	}
	envelope := `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + body + `</s:Body></s:Envelope>`
	res, err := client.Post(l.sim.ready.URL, "text/xml", bytes.NewBufferString(envelope))
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func (l *lab) login() http.CookieJar {
	l.Helper()
	jar, _ := cookiejar.New(nil)
	status, text, err := l.raw(jar, `<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>user</userName><password>pass</password></Login>`)
	if err != nil || status != 200 {
		l.Fatal(status, text, err)
	}
	return jar
}

func (l *lab) properties(vm *object.VirtualMachine) mo.VirtualMachine {
	l.Helper()
	var has mo.VirtualMachine
	if err := vm.Properties(l.ctx, vm.Reference(), []string{"snapshot", "runtime", "recentTask", "layoutEx"}, &has); err != nil {
		l.Fatal(err)
	}
	return has
}
