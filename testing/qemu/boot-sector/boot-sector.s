# A guest of 512 bytes. With each tick of the PC's timer (18.2 a second) it adds one to two counters in RAM and writes them
# to the disk it was booted from, so that RAM and disk each show which time they belong to.
#
#   RAM 0x600 and sector 1, bytes 0 to 3   ticks since the boot
#   RAM 0x604 and sector 1, bytes 4 to 7   ticks since the disk was made: read from the disk at each boot
#
# Built with GNU as and objcopy -O binary. It has no relocations, so nothing is linked.

	.intel_syntax noprefix
	.code16

	.equ	LOADED_AT, 0x7c00
	.equ	SECTOR, 0x600
	.equ	SINCE_BOOT, SECTOR
	.equ	IN_ALL, SECTOR + 4
	.equ	READ, 0x42
	.equ	WRITE, 0x43

start:
	xor	ax, ax
	mov	ds, ax
	mov	ss, ax
	mov	sp, LOADED_AT
	mov	ah, READ
	call	transfer
	mov	dword ptr [SINCE_BOOT], 0

tick:
	inc	dword ptr [SINCE_BOOT]
	inc	dword ptr [IN_ALL]
	mov	ah, WRITE
	call	transfer
	sti
	hlt
	jmp	tick

# One sector between RAM and the disk in dl, by the BIOS. The BIOS writes into the packet how many sectors it moved.
transfer:
	push	dx
	mov	si, LOADED_AT + packet - start
	mov	word ptr [si + 2], 1
	mov	al, 0
	int	0x13
	pop	dx
	ret

packet:
	.byte	16, 0
	.word	1
	.word	SECTOR, 0
	.quad	1

	.org	510
	.word	0xaa55
