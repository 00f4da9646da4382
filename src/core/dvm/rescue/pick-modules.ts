/** Whole directories of a kernel's modules: what disks hang on, what encrypts, what file systems need. */
const PLACES = [
  ..."ata block cdrom firewire hv md memstick message mmc nvdimm nvme pci scsi target ufs virtio xen"
    .split(" ")
    .map((place) => `drivers/${place}`),
  ..."host storage common core".split(" ").map((place) => `drivers/usb/${place}`),
  ..."btrfs ext4 f2fs fat isofs jbd2 nfs_common nls overlayfs squashfs xfs"
    .split(" ")
    .map((fs) => `fs/${fs}`),
  "crypto",
  "lib",
];

/**
 * Which files of a kernel's modules go into an image.
 *
 * @param files all that lie below its directory
 * @param dependencies the text of its modules.dep
 * @param names modules that have to be there whatever their place is, as modprobe takes them
 */
export function pickModules(
  files: readonly string[],
  dependencies: string,
  names: readonly string[],
): readonly string[] {
  const needs = new Map(
    dependencies.split("\n").flatMap((line) => {
      const [file, needed] = line.split(":");
      return file && needed !== undefined ? [[file, needed.split(" ").filter(Boolean)] as const] : [];
    }),
  );
  const picked = new Set<string>();
  const pick = (file: string): void => {
    if (picked.has(file)) return;
    picked.add(file);
    for (const needed of needs.get(file) ?? []) pick(needed);
  };
  const wanted = new Set(names.map(plain));
  for (const file of files)
    if (PLACES.some((place) => file.startsWith(`kernel/${place}/`)) || wanted.has(plain(nameOf(file))))
      pick(file);
  const isThere = new Set(files);
  const indexes = files.filter((file) => /^modules\.[^/]+$/.test(file));
  return [...indexes, ...[...picked].filter((file) => isThere.has(file) && isModule(file))];
}

const isModule = (file: string): boolean => /\.ko(\.\w+)?$/.test(file);
const nameOf = (file: string): string => /([^/]+)\.ko(\.\w+)?$/.exec(file)?.[1] ?? "";

/** Both letters mean the same in names of modules. */
const plain = (name: string): string => name.replaceAll("-", "_");
