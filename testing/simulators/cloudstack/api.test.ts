import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { AccountRow, VmRow, VolumeRow } from "./index";
import { TestCloud } from "./test-cloud";

const UNKNOWN = "4badfe4c-52ae-4b7a-a6d7-8c2c7a6e4361";

describe("the simulated CloudStack's API", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let root: VolumeRow;
  let bob: AccountRow;
  let admin: AccountRow;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "web", driver: "Simulator" });
    root = cloud.simulator.volumesOf(vm)[0] as VolumeRow;
    bob = cloud.simulator.addAccount({ name: "bob" });
    admin = cloud.simulator.addAccount({ name: "admin", role: "Admin" });
  });
  afterEach(() => cloud.close());

  test("commands for admins only: 432, in errorresponse", async () => {
    const refused = await cloud.refusal("listHosts");
    assert.deepEqual([refused.errorcode, refused.cserrorcode], [432, 9999]);
    const user = cloud.simulator.account.userId;
    assert.equal(
      refused.errortext,
      `The API [listHosts] does not exist or is not available for the account for user id [${user}].`,
    );
    assert.deepEqual(await cloud.call("listHosts", {}, admin), {});
  });

  test("parameters that a command does not know are ignored, names are taken in any case", async () => {
    const listed = await cloud.call("listzones", { Colour: "red", NAME: "z1" });
    assert.equal(listed.zone[0].name, "z1");
    assert.deepEqual(await cloud.call("listZones", { NAME: "z2" }), {});
  });

  test("without response=json the answer is XML", async () => {
    const reply = await cloud.raw("listZones", { response: "xml" });
    assert.match(String(reply.headers["content-type"]), /^text\/xml/);
    assert.match(String(reply.body), /^<\?xml.*<listzonesresponse cloud-stack-version="4\.22\.0\.0"><count>1<\/count>/);
  });

  test("paging: a count of all, an end without the array, and the three refusals", async () => {
    for (let number = 1; number <= 300; number++) cloud.simulator.addSnapshot(root, { name: `s${number}` });
    const page = (parameters: Record<string, string>) => cloud.call("listSnapshots", parameters);
    const second = await page({ page: "2", pagesize: "100" });
    assert.deepEqual([second.count, second.snapshot.length, second.snapshot[0].name], [300, 100, "s200"]);
    assert.deepEqual(await page({ page: "4", pagesize: "100" }), { count: 300 });
    assert.equal((await page({})).snapshot.length, 300);
    assert.equal((await page({ pagesize: "-1" })).snapshot.length, 300);
    const refusal = async (parameters: Record<string, string>) => {
      const { errorcode, cserrorcode, errortext } = await cloud.refusal("listSnapshots", parameters);
      return [errorcode, cserrorcode, errortext];
    };
    const needed = '"pagesize" parameter is required when "page" is specified';
    assert.deepEqual(await refusal({ page: "1" }), [431, 9999, needed]);
    const tooLong = "Page size can't exceed max allowed page size value: 500";
    assert.deepEqual(await refusal({ page: "1", pagesize: "1000" }), [431, 4350, tooLong]);
    const unlimited = "Can't specify page parameter when pagesize is -1 (Unlimited)";
    assert.deepEqual(await refusal({ page: "1", pagesize: "-1" }), [431, 4350, unlimited]);
    cloud.simulator.state.settings.pageSize = 50;
    assert.equal((await page({})).snapshot.length, 50, "a page, where none was asked for");
  });

  test("ids: one unknown fails the whole call", async () => {
    const { id } = cloud.simulator.addSnapshot(root);
    const other = cloud.simulator.addSnapshot(root);
    assert.equal((await cloud.call("listSnapshots", { ids: `${id},${other.id}` })).count, 2);
    const refused = await cloud.refusal("listSnapshots", { ids: `${id},${UNKNOWN}` });
    assert.match(refused.errortext, new RegExp(`Invalid parameter ids value=${UNKNOWN} due to incorrect long`));
    const malformed = await cloud.refusal("listVMSnapshot", { vmsnapshotid: "abc" });
    assert.match(
      malformed.errortext,
      /^Unable to execute API command listvmsnapshot due to invalid value\. Invalid .*=abc/,
    );
  });

  test("what belongs to others is empty in lists, and refused with 531 in commands", async () => {
    const { id } = cloud.simulator.addSnapshot(root);
    const point = cloud.simulator.addVmSnapshot(vm);
    assert.deepEqual(await cloud.call("listSnapshots", { id }, bob), {});
    assert.deepEqual(await cloud.call("listVMSnapshot", { vmsnapshotid: point.id }, bob), {});
    const refused = await cloud.refusal("deleteSnapshot", { id }, bob);
    assert.deepEqual(refused, {
      uuidList: [],
      errorcode: 531,
      cserrorcode: 4365,
      errortext: "Caller does not have permission to operate with provided resource.",
    });
    assert.equal((await cloud.refusal("createVMSnapshot", { virtualmachineid: vm.id }, bob)).errorcode, 531);
    assert.equal((await cloud.call("listSnapshots", { id }, admin)).count, 1, "a root admin sees it by id");
    assert.deepEqual(await cloud.call("listSnapshots", {}, admin), {}, "and not in a list");
    assert.equal((await cloud.call("listSnapshots", { listall: "true" }, admin)).count, 1);
  });

  test("an admin may list for another account by its name and domain", async () => {
    const { name, domain } = cloud.simulator.account;
    const asked = { account: name, domainid: domain.id };
    assert.equal((await cloud.call("listVirtualMachines", asked, admin)).count, 1);
    assert.equal((await cloud.call("listVirtualMachines", asked)).count, 1);
    assert.equal((await cloud.refusal("listVirtualMachines", asked, bob)).errorcode, 531);
    assert.equal((await cloud.refusal("listVirtualMachines", { account: name }, admin)).errorcode, 431);
  });

  test("what a project owns is seen with projectid only, and made and deleted without", async () => {
    const project = cloud.simulator.addProject({ name: "p1" });
    const machine = cloud.simulator.addVm({ name: "pvm", project: "p1", driver: "Simulator" });
    const [disk] = cloud.simulator.volumesOf(machine) as [VolumeRow];
    const { snapshot } = (await cloud.done("createSnapshot", { volumeid: disk.id })).jobresult;
    assert.deepEqual([snapshot.project, snapshot.projectid, snapshot.account], ["p1", undefined, undefined]);
    const { vmsnapshot } = (await cloud.done("createVMSnapshot", { virtualmachineid: machine.id })).jobresult;
    assert.deepEqual([vmsnapshot.project, vmsnapshot.projectid], ["p1", project.id]);
    const asked = { id: snapshot.id };
    assert.deepEqual(await cloud.call("listSnapshots", asked), {});
    assert.deepEqual(await cloud.call("listSnapshots", { ...asked, listall: "true" }), {});
    assert.deepEqual(await cloud.call("listVirtualMachines", { id: machine.id }), {});
    assert.deepEqual(await cloud.call("listVolumes", { virtualmachineid: machine.id }), {});
    for (const projectid of [project.id, "-1"]) {
      assert.equal((await cloud.call("listSnapshots", { ...asked, projectid })).count, 1);
      assert.equal((await cloud.call("listVMSnapshot", { vmsnapshotid: vmsnapshot.id, projectid })).count, 1);
      assert.equal((await cloud.call("listVirtualMachines", { id: machine.id, projectid })).count, 1);
    }
    assert.deepEqual(await cloud.call("listVirtualMachines", { id: vm.id, projectid: project.id }), {});
    assert.equal((await cloud.call("listSnapshots", asked, admin)).count, 1);
    assert.equal((await cloud.refusal("listSnapshots", { projectid: project.id }, bob)).errorcode, 531);
    assert.equal(
      (await cloud.refusal("listTemplates", { templatefilter: "self", projectid: project.id }, bob)).errorcode,
      531,
    );
    assert.equal((await cloud.call("listProjects")).project[0].id, project.id);
    assert.equal((await cloud.done("deleteVMSnapshot", { vmsnapshotid: vmsnapshot.id })).jobstatus, 1);
  });

  test("jobs: unknown, somebody else's, and an id of the client's own choice", async () => {
    const refused = await cloud.refusal("queryAsyncJobResult", { jobid: UNKNOWN });
    assert.match(refused.errortext, /^Unable to execute API command queryasyncjobresult due to invalid value/);
    const { jobid } = await cloud.call("createSnapshot", { volumeid: root.id, customjobid: UNKNOWN });
    assert.equal(jobid, UNKNOWN);
    const denied = await cloud.refusal("queryAsyncJobResult", { jobid }, bob);
    assert.deepEqual([denied.errorcode, denied.cserrorcode], [531, 4365]);
    assert.match(
      denied.errortext,
      /^Account Account \[\{"accountName":"bob",.*\}\] is not authorized to see job id=1$/,
    );
    const listed = await cloud.call("listAsyncJobs");
    assert.equal(listed.asyncjobs[0].jobid, jobid);
    await cloud.job(jobid);
    const [row] = cloud.simulator.state.snapshots.filter();
    const bad = await cloud.refusal("deleteSnapshot", { id: row?.id as string, customjobid: "not-a-uuid" });
    assert.deepEqual(
      [bad.errorcode, bad.cserrorcode, bad.errortext],
      [431, 4350, "UUID: not-a-uuid doesn't follow the UUID format"],
    );
    cloud.simulator.state.jobs.purge(jobid);
    assert.equal((await cloud.refusal("queryAsyncJobResult", { jobid })).errorcode, 431, "after job.expire.minutes");
  });

  test("re-sending a create with the same customjobid: 530, and an Allocated one that can be deleted", async () => {
    const parameters = { volumeid: root.id, name: "cj", customjobid: UNKNOWN };
    await cloud.done("createSnapshot", parameters);
    const refused = await cloud.refusal("createSnapshot", parameters);
    assert.deepEqual([refused.errorcode, refused.cserrorcode], [530, 9999]);
    const { snapshot } = await cloud.call("listSnapshots", { name: "cj" });
    assert.deepEqual(
      snapshot.map(({ state }: { state: string }) => state),
      ["Allocated", "BackedUp"],
    );
    assert.equal((await cloud.done("deleteSnapshot", { id: snapshot[0].id })).jobstatus, 1);
  });

  test("tags: by list, once only, on the right kind", async () => {
    const { id } = cloud.simulator.addSnapshot(root);
    const tag = { "tags[0].key": "k", "tags[0].value": "v" };
    const asked = { resourceids: id, resourcetype: "Snapshot", ...tag };
    assert.deepEqual((await cloud.done("createTags", asked)).jobresult, { success: true });
    assert.equal((await cloud.call("listSnapshots", tag)).count, 1);
    assert.deepEqual(await cloud.call("listSnapshots", { ...tag, "tags[0].value": "w" }), {});
    assert.deepEqual(await cloud.failed("createTags", asked), {
      errorcode: 530,
      errortext: `tag k already on Snapshot with id ${id}`,
    });
    assert.equal((await cloud.refusal("createTags", { ...asked, resourcetype: "VMSnapshot" })).errorcode, 431);
    assert.match((await cloud.refusal("createTags", { resourceids: id, resourcetype: "Snapshot" })).errortext, /tags$/);
    await cloud.done("deleteTags", asked);
    assert.deepEqual(await cloud.call("listSnapshots", tag), {});
  });

  test("the API limit: 429, and the connection's own faults", async () => {
    cloud.simulator.limitRequests(1);
    const refused = await cloud.refusal("listZones");
    assert.equal(refused.errorcode, 429);
    assert.equal((await cloud.call("listZones")).count, 1);
    const match = (request: { body: string }) => request.body.includes("command=createSnapshot");
    cloud.simulator.inject({ kind: "reset-after", match });
    await assert.rejects(cloud.raw("createSnapshot", { volumeid: root.id, name: "unanswered" }));
    assert.equal((await cloud.call("listSnapshots", { name: "unanswered" })).count, 1, "it was carried out");
  });
});
