import { crc32 } from "node:zlib";

/** The register that the sum begins with; it is not inverted at the end, as zlib's is. */
const INITIAL = 0xf597a6cf;

/** LVM2's checksum of labels, headers and texts: CRC-32 with a beginning of its own. */
export const checksum = (bytes: Uint8Array): number => (~crc32(bytes, ~INITIAL >>> 0) & 0xffffffff) >>> 0;
