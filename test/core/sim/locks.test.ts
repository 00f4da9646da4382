import { simLocks } from "../../../src/core/sim/locks.ts";
import { locksContract } from "../../contract/locks.ts";

locksContract("simulated locks", () => {
  const locks = simLocks();
  return () => locks.process();
});
