import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { localizedFault, soapFault, type VimFault } from "./client/fault";
import { element, parseXml, type XmlElement } from "./client/xml";
import { faultError, faultRules } from "./errors";

const KINDS_OF_REFUSAL = new Set([
  "bad-input",
  "unsupported",
  "not-found",
  "conflict",
  "busy",
  "quota",
  "auth",
  "permission",
  "task-failed",
]);

function parse(inner: string): XmlElement {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return parseXml(`<Envelope ${xsi}><Body>${inner}</Body></Envelope>`, "read");
}

function soap(type: string, fields = "", message = ""): VimFault {
  const fault = soapFault(
    parse(
      `<S:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${message}</faultstring><detail><${type}Fault xmlns="urn:vim25" xsi:type="${type}">${fields}</${type}Fault></detail></S:Fault>`,
    ),
  );
  assert.ok(fault);
  return fault;
}

function ofTask(type: string, fields = "", message = ""): VimFault {
  const { error } = parse(
    `<error><fault xsi:type="${type}">${fields}</fault><localizedMessage>${message}</localizedMessage></error>`,
  );
  const fault = localizedFault(error);
  assert.ok(fault);
  return fault;
}

describe("vim25 faults", () => {
  for (const [type, rule] of Object.entries(faultRules)) {
    it(`${type} is ${rule.kind}, in a call and in a task`, () => {
      assert.ok(KINDS_OF_REFUSAL.has(rule.kind), "a fault is an answer: its outcome is known");
      assert.doesNotMatch(rule.hint, /\.$/, "the stop is the message's");
      const ofCall = faultError(soap(type, "", "words of the server"), "create a snapshot");
      assert.deepEqual(
        [ofCall.kind, ofCall.code, ofCall.hint, ofCall.requestId, ofCall.detail],
        [rule.kind, type, rule.hint, undefined, "words of the server"],
      );
      const inTask = faultError(ofTask(type, "", "words of the server"), "create a snapshot", "task-7");
      assert.deepEqual([inTask.kind, inTask.code, inTask.requestId], [rule.kind, type, "task-7"]);
      assert.match(inTask.message, /^create a snapshot: words of the server \(.*request task-7\)\. /);
      assert.equal(inTask.taskId, undefined, "the task has ended");
    });
  }

  it("names the privilege and the object of NoPermission", () => {
    const fields =
      '<object type="VirtualMachine">vm-42</object><privilegeId>VirtualMachine.State.CreateSnapshot</privilegeId>';
    for (const fault of [soap("NoPermission", fields), ofTask("NoPermission", fields)]) {
      const error = faultError(fault, "create a snapshot");
      assert.equal(error.kind, "permission");
      assert.match(error.message, /VirtualMachine\.State\.CreateSnapshot on vm-42/);
    }
  });

  it("takes an unknown fault type as a failure, with its name", () => {
    const error = faultError(soap("SomethingNewIn9", "", "it went wrong"), "create a snapshot");
    assert.deepEqual([error.kind, error.code, error.detail], ["task-failed", "SomethingNewIn9", "it went wrong"]);
  });

  it("says what a fault without words is made of", () => {
    const fields =
      '<faultCause><fault xsi:type="FileLocked"/></faultCause><faultMessage><key>k</key><message>Failed to lock the file</message></faultMessage><reason>vmdk</reason>';
    const error = faultError(ofTask("GenericVmConfigFault", fields), "remove a snapshot");
    assert.match(error.detail ?? "", /Failed to lock the file/);
    assert.match(error.detail ?? "", /FileLocked/);
    assert.equal(faultError(ofTask("SnapshotFault"), "remove a snapshot").detail, "no message");
  });

  it("takes the type from the detail element's name where there is no xsi:type", () => {
    const fault = soapFault(
      parse("<Fault><faultcode>ServerFaultCode</faultcode><detail><InvalidLoginFault/></detail></Fault>"),
    );
    assert.equal(fault?.type, "InvalidLogin");
  });

  it("knows the ways to say that a method does not exist", () => {
    assert.equal(soap("MethodNotFound").type, "MethodNotFound");
    const old = parse(
      "<Fault><faultcode>ns1:Client</faultcode><faultstring>Unable to resolve WSDL method name CreateSnapshotEx_Task</faultstring></Fault>",
    );
    assert.equal(soapFault(old)?.type, "MethodNotFound");
  });

  it("has no fault where there is none", () => {
    assert.equal(soapFault(parse("<LogoutResponse/>")), undefined);
    assert.equal(localizedFault(undefined), undefined);
    assert.equal(element(soap("NoPermission").detail)?.privilegeId, undefined);
  });

  it("never quotes a fault's fields beyond those it names", () => {
    const error = faultError(soap("InvalidLogin", "<password>hidden-in-a-field</password>", "no"), "log in");
    assert.doesNotMatch(JSON.stringify({ ...error }) + error.stack, /hidden-in-a-field/);
  });
});
