/**
 * What others write on a device to claim it. Offsets and magic numbers are from the formats' own
 * descriptions: the kernel's headers and Documentation/, the LUKS, ZFS, ISO 9660, DDF and UEFI
 * specifications. A table of rows, so that knowing one more format is one more row.
 */
import { type Bytes, roundDown } from "../base/units.ts";
import { COPY_OFFSETS, MAGIC } from "./layout.ts";

export interface Signature {
  /** What people call it. */
  readonly name: string;
  readonly magic: Buffer;
  /** Where the magic may stand, for a device of `size` bytes. */
  readonly at: (size: Bytes) => readonly Bytes[];
}

/** What makes a device one that the tool lvm2 may know. */
export const LVM2 = "LVM2 physical volume";

const KIB = 1024;
const MIB = 1024 * KIB;

const text = (magic: string): Buffer => Buffer.from(magic, "latin1");
const hex = (magic: string): Buffer => Buffer.from(magic.replaceAll(" ", ""), "hex");
const start =
  (...offsets: Bytes[]) =>
  () =>
    offsets;
/** Offsets counted back from the end. */
const end =
  (...offsets: Bytes[]) =>
  (size: Bytes) =>
    offsets.map((offset) => size - offset);
const row = (name: string, magic: Buffer, at: Signature["at"]): Signature => ({ name, magic, at });

/** The magic of a swap area ends its first page, whose size is the machine's. */
const swapEnds = [4, 8, 16, 32, 64].map((kib) => kib * KIB - 10);
const luks2Backups = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].map((kib) => kib * KIB);
/** Two of the four labels of ZFS begin the device, two end it. */
const zfsLabels = (size: Bytes): Bytes[] => {
  const whole = roundDown(size, 256 * KIB);
  return [0, 256 * KIB, whole - 512 * KIB, whole - 256 * KIB];
};
const uberblocks = (size: Bytes): Bytes[] =>
  zfsLabels(size).flatMap((label) => Array.from({ length: 128 }, (_, i) => label + 128 * KIB + i * KIB));
/** Superblock 0.90 fills the last whole 64 KiB but one; 1.0 stands at least 8 KiB before the end. */
const md090 = (size: Bytes): Bytes[] => [roundDown(size, 64 * KIB) - 64 * KIB];
const md10 = (size: Bytes): Bytes[] => [roundDown(size - 8 * KIB, 4 * KIB)];

const MD = hex("fc4e2ba9");

export const signatures: readonly Signature[] = [
  row("another dvm label", MAGIC, start(...COPY_OFFSETS)),
  // partition tables
  row("MBR partition table or boot sector", hex("55aa"), start(510)),
  row("GPT partition table", text("EFI PART"), start(512, 4096)),
  row("GPT partition table (backup)", text("EFI PART"), end(512, 4096)),
  row("Apple partition map", text("PM\0\0"), start(512)),
  row("BSD disklabel", hex("57455682"), start(0, 64, 512)),
  row("Sun disklabel", hex("dabe"), start(508)),
  // volume managers and RAID
  row(LVM2, text("LABELONE"), start(0, 512, 1024, 1536)),
  row("LVM1 physical volume", text("HM\x01\0"), start(0)),
  row("LVM1 physical volume", text("HM\x02\0"), start(0)),
  row("md RAID member (1.1)", MD, start(0)),
  row("md RAID member (1.2)", MD, start(4096)),
  row("md RAID member (1.0)", MD, md10),
  row("md RAID member (0.90)", MD, md090),
  row("md RAID member (0.90)", hex("a92b4efc"), md090),
  row("Intel Matrix RAID member", text("Intel Raid ISM Cfg Sig. "), end(1024)),
  row("DDF RAID member", hex("de11de11"), end(512)),
  row("DDF RAID member", hex("11de11de"), end(512)),
  row("Stratis device", text("!Stra0tis\x86\xff\x02^\x41rh"), start(516, 4612)),
  row("VDO volume", text("dmvdo001"), start(0)),
  row("bcache device", hex("c68573f64e1a45ca8265f57f48ba6d81"), start(4096 + 24)),
  row("bcachefs file system", hex("c68573f666ce90a9d96a60cf803df7ef"), start(4096 + 24)),
  row("Ceph BlueStore", text("bluestore block device"), start(0)),
  row("ZFS member", hex("0000000776657273696f6e00"), (size) =>
    zfsLabels(size).map((at) => at + 16 * KIB + 20),
  ),
  row("ZFS member", hex("0cb1ba0000000000"), uberblocks),
  row("ZFS member", hex("0000000000bab10c"), uberblocks),
  row("VMFS member", hex("0dd001c0"), start(MIB)),
  // encryption
  row("LUKS1 container", text("LUKS\xba\xbe\0\x01"), start(0)),
  row("LUKS2 container", text("LUKS\xba\xbe\0\x02"), start(0)),
  row("LUKS2 container (second header)", text("SKUL\xba\xbe\0\x02"), start(...luks2Backups)),
  row("BitLocker volume", text("-FVE-FS-"), start(3)),
  // swap and hibernation
  row("swap area", text("SWAPSPACE2"), start(...swapEnds)),
  row("swap area", text("SWAP-SPACE"), start(...swapEnds)),
  row("hibernation image", text("S1SUSPEND\0"), start(...swapEnds)),
  row("hibernation image", text("S2SUSPEND\0"), start(...swapEnds)),
  row("hibernation image", text("ULSUSPEND\0"), start(...swapEnds)),
  row("hibernation image", text("LINHIB0001"), start(...swapEnds)),
  // file systems
  row("ext2, ext3 or ext4 file system", hex("53ef"), start(1080)),
  row("XFS file system", text("XFSB"), start(0)),
  row("btrfs file system", text("_BHRfS_M"), (size) =>
    [64 * KIB + 64, 64 * MIB + 64, 256 * KIB * MIB + 64].filter((at) => at < size),
  ),
  row("FAT file system", text("FAT12   "), start(0x36)),
  row("FAT file system", text("FAT16   "), start(0x36)),
  row("FAT file system", text("FAT32   "), start(0x52)),
  row("exFAT file system", text("EXFAT   "), start(3)),
  row("NTFS file system", text("NTFS    "), start(3)),
  row("ReFS file system", text("\0\0\0ReFS\0"), start(0)),
  row("f2fs file system", hex("1020f5f2"), start(1024, 4096 + 1024)),
  row("squashfs file system", text("hsqs"), start(0)),
  row("squashfs file system", text("sqsh"), start(0)),
  row("erofs file system", hex("e2e1f5e0"), start(1024)),
  row("cramfs file system", hex("453dcd28"), start(0)),
  row("ISO 9660 file system", text("CD001"), start(32769)),
  row("UDF file system", text("BEA01"), start(32769)),
  row("JFS file system", text("JFS1"), start(32768)),
  row("ReiserFS file system", text("ReIsEr"), start(8 * KIB + 52, 64 * KIB + 52)),
  row("GFS2 file system", hex("0116197000000001"), start(64 * KIB)),
  row("OCFS2 file system", text("OCFSV2"), start(1024, 2048, 4096, 8192)),
  row("NILFS2 file system", hex("3434"), start(1030)),
  row("HFS+ file system", hex("482b0004"), start(1024)),
  row("HFSX file system", hex("48580005"), start(1024)),
  row("APFS container", text("NXSB"), start(32)),
];

/** Those of md that stand at the end: a member looks like the array itself at its start. */
export const mdAtEnd = signatures.filter(({ at }) => at === md10 || at === md090);
