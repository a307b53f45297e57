/** Address of the guest's counters in RAM; see boot-sector.s. */
export const COUNTERS_AT = 0x600;

/** Offset of the guest's counters on the disk, in bytes. */
export const COUNTERS_ON_DISK = 512;

/** The guest's counters. */
export interface Counters {
  /** Ticks since boot. */
  sinceBoot: number;
  /** Ticks since the disk was created, over all boots. */
  inAll: number;
}

/** The code and data of boot-sector.s, as boot-sector.lst explains them. */
const CODE = `
  31c0 8ed8 8ed0 bc007c b442 e81c00 66c706000600000000
  66ff060006 66ff060406 b443 e80400 fb f4 ebed
  52 be397c c744020100 b000 cd13 5a c3
  1000 0100 00060000 0100000000000000
`;

/** The first sector of a disk that boots the counting guest. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(CODE.replace(/\s/g, ""), "hex").copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** The counters in the sector that the guest writes. */
export function countersIn(sector: Buffer): Counters {
  return { sinceBoot: sector.readUInt32LE(0), inAll: sector.readUInt32LE(4) };
}
