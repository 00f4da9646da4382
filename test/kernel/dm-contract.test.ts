import t from "tap";
import { DISK_SECTORS, dmCases } from "../contract/dm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, CRYPT_MODULES, DM_MODULES } from "../lib/uml.ts";

t.test("the kernel's device-mapper keeps the contract", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = emptyDisks(directory, DISK_SECTORS * 512, "a", "b", "c");
  const program = await guestBundle(new URL("./dm-contract-guest.ts", import.meta.url), directory);
  const { output, console } = await bootUml({
    disks,
    modules: [...DM_MODULES, ...CRYPT_MODULES],
    script: 'node "$PROGRAM" $DISK0 $DISK1 $DISK2',
    env: { PROGRAM: program },
  });
  for (const { name } of dmCases) t.ok(output.split("\n").includes(`ok ${name}`), name, { output, console });
});
