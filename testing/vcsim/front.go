package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// call is what the front reads of a SOAP request.
type call struct{ method, object string }

// presentButEmpty stands for an element that is there and empty. govmomi's request types cannot tell that from one that
// is absent, and for RenameSnapshot the two differ: the first clears the text, the second leaves it.
const presentButEmpty = "\uE000present-but-empty\uE000"

var (
	emptyText = regexp.MustCompile(`<((?:\w+:)?(?:name|description))(\s[^<>]*?)?(?:/>|></(?:\w+:)?(?:name|description)\s*>)`)
	faultName = regexp.MustCompile(`<detail>\s*<(\w+)Fault[\s>]`)
)

// front stands before the simulator's SOAP handler, behind its TLS: what it drops or delays, a client sees on the wire.
func (h *harness) front(next http.Handler, quotedCookie bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != vim25.Path {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		c := readCall(body)
		if c.method == "RenameSnapshot" {
			body = emptyText.ReplaceAll(body, []byte("<$1$2>"+presentButEmpty+"</$1>"))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		e := h.arrived(c)
		time.Sleep(h.now().callDelay)

		cut := h.match(stageHTTP, c.method, c.object)
		if cut == nil {
			cut = new(rule)
		}
		time.Sleep(cut.delay())
		if cut.Drop == "before" {
			h.answered(e, "dropped-before", "")
			panic(http.ErrAbortHandler)
		}
		if cut.HTTP != 0 {
			h.answered(e, "http", "")
			if cut.RetryAfter != "" {
				w.Header().Set("Retry-After", cut.RetryAfter)
			}
			http.Error(w, http.StatusText(cut.HTTP), cut.HTTP)
			return
		}

		held := &heldReply{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(held, r)
		if cut.Drop == "after" {
			h.answered(e, "dropped-after", "")
			panic(http.ErrAbortHandler)
		}
		if quotedCookie {
			quoteCookie(w.Header())
		}
		h.record(e, held)
		w.WriteHeader(held.status)
		_, _ = w.Write(held.body.Bytes())
	})
}

func (h *harness) record(e *entry, held *heldReply) {
	if held.status == http.StatusOK {
		h.answered(e, "ok", "")
		return
	}
	name := ""
	if m := faultName.FindSubmatch(held.body.Bytes()); m != nil {
		name = string(m[1])
	}
	h.answered(e, "fault", name)
}

// heldReply keeps a reply back until it is known whether the client shall have it.
type heldReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *heldReply) Header() http.Header         { return r.header }
func (r *heldReply) WriteHeader(status int)      { r.status = status }
func (r *heldReply) Write(b []byte) (int, error) { return r.body.Write(b) }

// quoteCookie puts the session cookie's value in double quotes, as vCenter's documentation shows it.
func quoteCookie(header http.Header) {
	for i, cookie := range header["Set-Cookie"] {
		name, rest, ok := strings.Cut(cookie, "=")
		if !ok || name != soap.SessionCookieName {
			continue
		}
		value, attributes, _ := strings.Cut(rest, ";")
		header["Set-Cookie"][i] = name + `="` + value + `";` + attributes
	}
}

// readCall finds the method, the child of soap:Body, and its _this.
func readCall(body []byte) call {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	c, path, this := call{}, []string{}, false
	for {
		token, err := decoder.Token()
		if err != nil {
			return c
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(path) == 2 && path[1] == "Body" {
				c.method = t.Name.Local
			}
			this = len(path) == 3 && t.Name.Local == "_this"
			path = append(path, t.Name.Local)
		case xml.CharData:
			if this {
				c.object += strings.TrimSpace(string(t))
			}
		case xml.EndElement:
			if this {
				return c
			}
			path = path[:len(path)-1]
		}
	}
}
