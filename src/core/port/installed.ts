/** What is installed on this machine, for an image that has to run without it. Nothing here is changed. */
export interface Installed {
  /** The executable of this process; undefined when it is the machine's Node, which was given a script. */
  program(): string | undefined;
  /** Paths of regular files below a directory, relative to it and sorted; none when it is not there. */
  filesBelow(directory: string): Promise<readonly string[]>;
  /** Where a command is, looked for where those of administrators are; undefined when there is none. */
  commandAt(name: string): Promise<string | undefined>;
  /** Of the kernel that runs. */
  kernelRelease(): string;
}
