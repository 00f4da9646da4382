/** What the system refused, in words: Node's own stand nowhere in a message of dvm's. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is no directory",
  EISDIR: "is a directory",
  EEXIST: "is there already",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "no space left",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be too large",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOMEM: "not enough memory",
  EAGAIN: "not enough resources: processes or locked memory",
  EIO: "input/output error",
  EBUSY: "is in use",
  ETXTBSY: "is being run or written",
};

/** These two a program earns by itself, whatever the world is like. */
const OUR_OWN = new Set(["EBADF", "EFAULT"]);

/** An errno in words, where there are better ones than its name. */
export const reasonOf = (errno: string): string => REASONS[errno] ?? errno;

/** What the system refused, to what: as Node throws it. Undefined for everything else. */
export function systemFailure(
  thrown: unknown,
): { readonly errno: string; readonly message: string } | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, syscall, path, dest } = thrown as NodeJS.ErrnoException & { readonly dest?: string };
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code) || OUR_OWN.has(code)) return undefined;
  return { errno: code, message: `${dest ?? path ?? syscall ?? "the system"}: ${reasonOf(code)}` };
}
