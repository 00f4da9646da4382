/** Superblocks as a kernel writes them, for tests. */
export interface SuperblockFields {
  readonly position: number;
  readonly events: number;
  readonly failed?: readonly number[];
  readonly recoveryOffset?: bigint;
  readonly resyncOffset?: bigint;
  readonly devices?: number;
  readonly level?: number;
  readonly stripeSize?: number;
  readonly dataOffset?: number;
}

export function superblockBytes(fields: SuperblockFields): Buffer {
  const all = 2n ** 64n - 1n;
  const bytes = Buffer.alloc(512);
  bytes.write("DmRd", 0, "latin1");
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(fields.devices ?? 2, 8);
  bytes.writeUInt32LE(fields.position, 12);
  bytes.writeBigUInt64LE(BigInt(fields.events), 16);
  for (const position of fields.failed ?? []) {
    const at = position < 64 ? 24 : 120 + 8 * (Math.floor(position / 64) - 1);
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) | (1n << BigInt(position % 64)), at);
  }
  bytes.writeBigUInt64LE(fields.recoveryOffset ?? all, 32);
  bytes.writeBigUInt64LE(fields.resyncOffset ?? all, 40);
  bytes.writeUInt32LE(fields.level ?? 1, 48);
  bytes.writeUInt32LE(fields.stripeSize ?? 0, 56);
  bytes.writeBigUInt64LE(BigInt(fields.dataOffset ?? 0), 96);
  return bytes;
}
