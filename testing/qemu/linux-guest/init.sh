#!/bin/busybox sh
# First process of the test's Linux guest: one disk mounted on /data, and a guest agent.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /data /usr/sbin /sbin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

while read -r module; do
	insmod "/modules/$module"
done </modules/order

# No udev here, so the port's name becomes a path by hand.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
	[ -f "$port/name" ] && ln -s "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done

if [ -b /dev/vda ]; then
	# busybox makes an ext2, which the driver of ext4 mounts and can freeze.
	mount -t ext4 /dev/vda /data 2>/dev/null || { mke2fs -F /dev/vda >/dev/null && mount -t ext4 /dev/vda /data; }
fi

grep -q 'no-agent' /proc/cmdline || qemu-ga -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run
echo "the agent has ended"
while :; do sleep 3600; done
