import { DmRefused } from "../port/dm.ts";

/** What is seen of a device; undefined when it has gone away meanwhile. */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (thrown instanceof DmRefused && thrown.failure.errno === "ENXIO") return undefined;
    throw thrown;
  }
}
