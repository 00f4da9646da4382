/** LVM2 goes by nothing that it knew of devices whose VG has changed hands. */
import t from "tap";
import { refresh } from "../../../src/core/lvm2/refresh.ts";
import { Machine } from "../../lib/machine.ts";

const PV = { path: "/dev/sdb", id: "a".repeat(32) };
const FILE = "/etc/lvm/devices/system.devices";

t.test("hints are made anew where there are any", async (t) => {
  const machine = new Machine();
  await refresh(machine.sys(), { devicesFile: undefined }, [PV]);
  t.strictSame([...machine.files.keys()], []);
  machine.files.set("/run/lvm/hints", Buffer.from("scan:/dev/sda"));
  await refresh(machine.sys(), { devicesFile: undefined }, [PV]);
  t.ok(machine.files.has("/run/lvm/newhints"));
  t.strictSame(machine.warnings, []);
});

t.test("a PV that the devices file lacks is named", async (t) => {
  const machine = new Machine();
  await refresh(machine.sys(), { devicesFile: FILE }, [PV]);
  t.strictSame(machine.warnings, [], "without such a file LVM2 looks at all devices");
  machine.files.set(FILE, Buffer.from(`IDTYPE=devname IDNAME=/dev/sdb DEVNAME=/dev/sdb PVID=${PV.id}\n`));
  await refresh(machine.sys(), { devicesFile: FILE }, [PV]);
  t.strictSame(machine.warnings, []);
  await refresh(machine.sys(), { devicesFile: FILE }, [{ path: "/dev/sdc", id: "b".repeat(32) }]);
  t.match(machine.warnings, [/system.devices does not have \/dev\/sdc: .* lvmdevices --adddev \/dev\/sdc$/]);
});
