import type { Bytes, Sectors } from "../../base/units.ts";
import { isPowerOfTwo } from "../../base/units.ts";
import { joinArgs, splitArgs } from "../args.ts";
import { insist, readCount, type Target, takeGroup } from "./target.ts";

/** Where the kernel finds the key. A key itself is never taken: documents are no place for secrets. */
export interface KeyReference {
  readonly size: Bytes;
  readonly type: "logon" | "user" | "encrypted" | "trusted";
  readonly description: string;
}

/** Options without a value, in the order in which the kernel prints them. */
const FLAGS = [
  ["allowDiscards", "allow_discards"],
  ["sameCpuCrypt", "same_cpu_crypt"],
  ["submitFromCryptCpus", "submit_from_crypt_cpus"],
  ["noReadWorkqueue", "no_read_workqueue"],
  ["noWriteWorkqueue", "no_write_workqueue"],
] as const;

/** `<cipher> :<size>:<type>:<description> <IV offset> <device> <offset> [<#options> …]` */
export interface Crypt {
  readonly cipher: string;
  readonly key: KeyReference;
  readonly ivOffset: Sectors;
  readonly device: string;
  readonly offset: Sectors;
  readonly allowDiscards?: true;
  readonly sameCpuCrypt?: true;
  readonly submitFromCryptCpus?: true;
  readonly noReadWorkqueue?: true;
  readonly noWriteWorkqueue?: true;
  readonly integrity?: { readonly tagSize: Bytes; readonly type: string };
  readonly sectorSize?: Bytes;
  readonly ivLargeSectors?: true;
}

/** Linux Documentation/admin-guide/device-mapper/dm-crypt.rst */
export const crypt: Target<Crypt> = {
  type: "crypt",
  version: [1, 24, 0],
  features: {},
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: false,
  decodeParams(params) {
    const [cipher, key, ivOffset, device, offset, ...rest] = splitArgs(params);
    insist(cipher !== undefined && device !== undefined && offset !== undefined, "Not enough arguments");
    const words = rest.length > 0 ? takeGroup(rest, "Invalid number of feature args", 8) : [];
    const options = decodeOptions(words);
    return {
      cipher,
      key: decodeKey(key),
      ivOffset: readCount(ivOffset, "Invalid iv_offset sector"),
      device,
      offset: readCount(offset, "Invalid device sector"),
      ...options,
    };
  },
  encodeParams(crypt) {
    const { cipher, key, ivOffset, device, offset, integrity, sectorSize, ivLargeSectors } = crypt;
    const words = [
      ...FLAGS.flatMap(([name, word]) => (crypt[name] ? [word] : [])),
      ...(integrity ? [`integrity:${integrity.tagSize}:${integrity.type}`] : []),
      ...(sectorSize === undefined ? [] : [`sector_size:${sectorSize}`]),
      ...(ivLargeSectors ? ["iv_large_sectors"] : []),
    ];
    const reference = `:${key.size}:${key.type}:${key.description}`;
    const options = words.length > 0 ? [words.length, ...words] : [];
    return joinArgs([cipher, reference, ivOffset, device, offset, ...options]);
  },
  devicePositions: () => [3],
  check({ sectorSize = 512, ivOffset, ivLargeSectors }, { length }) {
    const sectors = sectorSize / 512;
    insist(length % sectors === 0, "Device size is not multiple of sector_size feature");
    insist(!ivLargeSectors || ivOffset % sectors === 0, "Invalid iv_offset sector");
  },
  withoutSecrets(params) {
    const words = splitArgs(params);
    const [, key] = words;
    // A reference to a keyring, or what stands for no key.
    if (key === undefined || key.startsWith(":") || key === "-") return params;
    return joinArgs(words.map((word, at) => (at === 1 ? "?" : word)));
  },
  areas: ({ device, offset }, { length }) => [{ device, start: offset, length }],
};

/** The message never shows what stands there, since it may be a key. */
function decodeKey(word: string | undefined): KeyReference {
  insist(word !== undefined, "Not enough arguments");
  insist(word.startsWith(":"), "the key must be a reference to a keyring, :SIZE:TYPE:DESCRIPTION");
  const [, size, type, ...description] = word.split(":");
  insist(
    type === "logon" || type === "user" || type === "encrypted" || type === "trusted",
    "Error decoding and setting key",
  );
  insist(description.join(":") !== "", "Error decoding and setting key");
  return {
    size: readCount(size, "Error decoding and setting key", 1, 1024),
    type,
    description: description.join(":"),
  };
}

type Options = Partial<Omit<Crypt, "cipher" | "key" | "ivOffset" | "device" | "offset">>;

function decodeOptions(words: readonly string[]): Options {
  const options: { -readonly [Name in keyof Options]: Options[Name] } = {};
  for (const word of words) {
    const flag = FLAGS.find((each) => each[1] === word);
    const integrity = /^integrity:(\d+):(.+)$/.exec(word);
    const sectorSize = /^sector_size:(\d+)$/.exec(word)?.[1];
    if (flag) options[flag[0]] = true;
    else if (integrity) {
      const tagSize = readCount(integrity[1], "Invalid integrity arguments", 1, 1024);
      options.integrity = { tagSize, type: integrity[2] ?? "" };
    } else if (sectorSize !== undefined) {
      options.sectorSize = readCount(sectorSize, "Invalid feature value for sector_size", 512, 4096);
      insist(isPowerOfTwo(options.sectorSize), "Invalid feature value for sector_size");
    } else {
      insist(word === "iv_large_sectors", "Invalid feature arguments");
      options.ivLargeSectors = true;
    }
  }
  return options;
}
