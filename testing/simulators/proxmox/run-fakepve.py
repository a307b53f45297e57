"""Runs fakepve, a fake of Proxmox VE's API, for the tests: commands come as lines of JSON, and so do the answers.

It ends when its standard input is closed, so that it never outlives the test that started it.
"""

import asyncio
import json
import sys
import time

from aiohttp import web
from fakepve import FakePve
from fakepve.lxc import SNAPSHOT_STORAGE
from fakepve.model import TaskError

KINDS = ('snapshot', 'delsnapshot', 'rollback')


class Commands:
    def __init__(self, pve):
        self.pve = pve

    async def user(self, name, password, token, secret, privileges):
        self.pve.users[name] = password
        self.pve.apitokens[token] = secret
        for who in (name, token):
            self.pve.acl = dict((k, v) for k, v in (self.pve.acl or {}).items() if k != who)
            for path, names in privileges:
                self.pve.grant(who, path, *names)

    async def add(self, type, vmid, name, **rest):
        make = self.pve.add_ct if type == 'lxc' else self.pve.add_vm
        make(vmid, name, **rest)

    async def remove(self, vmid):
        self.pve.vms = [vm for vm in self.pve.vms if vm.vmid != vmid]
        self.pve.cts = [ct for ct in self.pve.cts if ct.vmid != vmid]

    async def move(self, vmid, node):
        self.pve.guest(vmid).node = node
        self.pve.nodes.setdefault(node, {'online': True})

    async def guest(self, vmid):
        """A guest as it is, behind the API's back."""
        guest = self.pve.guest(vmid)
        if guest is None:
            return None
        snapshots = [dict(name=name, description=snap.get('description', ''), snaptime=snap.get('snaptime', 0),
                          parent=snap.get('parent'), snapstate=snap.get('snapstate'), vmstate=bool(snap.get('vmstate')))
                     for name, snap in guest.snapshots.items()]
        running = any(t['id'] == str(vmid) and t['status'] == 'running' for t in self.pve.tasks.values())
        return {'snapshots': snapshots, 'lock': guest.lock, 'status': guest.status, 'node': guest.node,
                'parent': guest.config.get('parent'), 'running': running, 'storages': self._storages(guest),
                'canSnapshot': self._can(guest)}

    async def change(self, vmid, lock=None, status=None, config=None, snapshots=None):
        guest = self.pve.guest(vmid)
        guest.lock = lock
        if status is not None:
            guest.status = status
        guest.config.update(config or {})
        for name, snap in (snapshots or {}).items():
            guest.snapshots[name] = dict({'snaptime': int(time.time())}, **snap)

    async def take(self, vmid, name, description=''):
        """A snapshot that somebody takes by hand."""
        guest = self.pve.guest(vmid)
        # A snapshot holds the guest's whole configuration, which a rollback brings back.
        taken = dict(guest.config, snaptime=int(time.time()), description=description)
        guest.snapshots[name] = dict((k, v) for k, v in taken.items() if v)
        guest.config['parent'] = name
        return guest.snapshots[name]['snaptime']

    async def delete(self, vmid, name):
        """A snapshot that somebody deletes by hand."""
        guest = self.pve.guest(vmid)
        parent = guest.snapshots.pop(name, {}).get('parent')
        for other in list(guest.snapshots.values()) + [guest.config]:
            if other.get('parent') == name:
                other['parent'] = parent

    async def taskTime(self, seconds):
        self.pve.ceph_slow(seconds)

    async def storage(self, name, type):
        self.pve.storages[name] = {'type': type, 'active': 1, 'content': 'images,rootdir', 'files': set(), 'shared': 1}

    async def active(self, node, vmid, user):
        """Running tasks that this user may see: its own."""
        return [{'upid': t['upid'], 'type': t['type'], 'status': 'RUNNING', 'user': t['user'], 'id': t['id']}
                for t in self.pve.tasks.values()
                if t['node'] == node and t['status'] == 'running' and vmid in (None, t['id']) and t['user'] == user]

    async def failTask(self, node, type, vmid, user, why):
        """A task that fails. @returns its UPID"""
        async def body():
            raise TaskError(why)
        return await self.pve.task(node, type, vmid, user, body)

    def _storages(self, guest):
        values = [str(v) for k, v in guest.config.items() if k.rstrip('0123456789') in ('scsi', 'rootfs', 'mp', 'virtio')]
        names = [v.split(':')[0] for v in values if ':' in v]
        return dict((n, self.pve.storages.get(n, {}).get('type')) for n in names)

    def _can(self, guest):
        if hasattr(guest, 'qmpstatus'):
            return bool(self.pve._qm_can_snapshot(guest.config))
        return all(type in SNAPSHOT_STORAGE for type in self._storages(guest).values())


async def main():
    pve = FakePve(user='root@pam', password=sys.argv[1], host='127.0.0.1')
    pve.time_scale = 1.0
    for kind in KINDS:
        pve.ct_secs[kind] = 0
    pve.add_ceph_storage('ceph')
    pve.ceph_slow(0.015)
    pve.runner = web.AppRunner(pve._build_app())
    await pve.runner.setup()
    # The proxy in front of it speaks TLS where a test wants it.
    await web.TCPSite(pve.runner, '127.0.0.1', 0).start()
    print(json.dumps({'port': pve.runner.addresses[0][1]}), flush=True)
    commands = Commands(pve)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        try:
            value = await getattr(commands, command['do'])(**command.get('with', {}))
            print(json.dumps({'id': command['id'], 'value': value}), flush=True)
        except Exception as error:  # the test that asked is told
            print(json.dumps({'id': command['id'], 'error': repr(error)}), flush=True)
    await pve.stop()


asyncio.run(main())
