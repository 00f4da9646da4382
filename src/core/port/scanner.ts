/** A device that is built on another, or that another is built on. */
export interface Holder {
  /** As the kernel calls it: dm-0. */
  readonly name: string;
  readonly dmUuid?: string;
  /** What device-mapper calls it: asked for only where people are told. */
  readonly dmName?: () => string | undefined;
}

/** What the OS knows about block devices, without reading their content. */
export interface Candidate {
  /** The path to use, e.g. /dev/sdb or an image file. */
  readonly path: string;
  /** Every other name of it (symlinks in /dev/disk/by-* …). */
  readonly aliases: readonly string[];
  /** "major:minor" for a block device, null for an image file. */
  readonly dev: string | null;
  /** In bytes. */
  readonly size: number;
  readonly readOnly: boolean;
  /**
   * Why this user may not write to it although it is not read-only, as far as that is known without trying.
   */
  readonly unwritable?: string;
  /** dm uuid when it is a device-mapper device: empty when that has none. */
  readonly dmUuid?: string;
  /** What is built on it, as itself says. */
  readonly holders: readonly Holder[];
  /**
   * Finds what else is built on it: a loop device, devices on its partitions, simulated ones. Only those
   * devices say so: whoever asks has every one of the machine looked at, and there may be thousands.
   */
  readonly over?: () => readonly Holder[];
  /** Finds what a dm device stands on: of a table that leads nowhere nothing. */
  readonly below?: () => readonly Holder[];
  /**
   * Processes that have it open at this moment, as `4711 (dd)`, as far as this user may know. Whoever asks
   * has the descriptors of all processes looked at.
   */
  readonly openedBy?: () => readonly string[];
  /** It has partitions in the OS's eyes. */
  readonly partitioned: boolean;
  /** A mount point, or "[SWAP]". */
  readonly mountedOn?: string;
  /** What udev found on it, e.g. "mpath_member" or "linux_raid_member"; left out where no udev runs. */
  readonly fsType?: string;
  /**
   * Why nothing should be read from it: it would answer late or never, its node leads elsewhere, or it may
   * not even be asked what it is, and is taken for a file then.
   */
  readonly unreachable?: string;
  /** Bytes; 0 when unknown. For the alignment of data. */
  readonly optimalIoSize: number;
  readonly alignmentOffset: number;
}

export interface Scanner {
  /**
   * @param places paths, directories or globs; none means every block device in sysfs
   * @param absent told of plain paths that do not exist, which then are no failure
   * @returns every device once; with places, under the first name by which it was reached
   * @throws DvmError NOT_FOUND when a plain path does not exist and nobody is to be told, BAD_INPUT when it
   *   can be no device, IO when this user may not look at it
   */
  scan(places: readonly string[], absent?: (path: string) => void): Promise<readonly Candidate[]>;
  /**
   * The devices at these paths, in that order. What is asked of the machine as a whole (mounts, links, loop
   * devices) is asked once for all of them.
   * @throws DvmError NOT_FOUND, IO as scan, BAD_INPUT when one is neither a block device nor a file
   */
  look(paths: readonly string[]): Promise<readonly Candidate[]>;
  /** Where a block device can be opened, by its number; undefined when it has no such place. */
  nodeOf(dev: string): string | undefined;
  /**
   * Has the OS read the partition table of a disk anew.
   * @returns false when partitions are left, for instance since one is in use
   */
  rereadPartitions(path: string): Promise<boolean>;
}
