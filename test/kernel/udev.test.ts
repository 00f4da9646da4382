/**
 * dmexec and a real systemd-udevd: cookies, links, deadlines. And without udevd: nodes and links of our own.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { DiscoverList } from "../../src/schema/index.ts";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { guestBundle } from "../lib/guest-bundle.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const UDEVD = "/lib/systemd/systemd-udevd";
const rules = (name: string): string =>
  shellQuote(fileURLToPath(new URL(`../../packaging/udev/${name}`, import.meta.url)));
const IDS = "0123456789abcdef".repeat(3);
const uuid = (lv: string): string => `DVM-${IDS}${lv.padStart(16, "0")}`;

/** Debian's package udev is not part of what every kernel test needs. */
function requireUdev(t: Test): boolean {
  if (!requireKernel(t)) return false;
  if (existsSync(UDEVD)) return true;
  if (process.env["DVM_REQUIRE_KERNEL"] === "1") t.fail(`no ${UDEVD} (Debian package udev)`);
  else t.pass("needs udevd", { skip: `no ${UDEVD} (Debian package udev)` });
  t.end();
  return false;
}

const TABLES = `
.table disk
  0 8192 linear /dev/ubda 0
.end
.table moved
  0 8192 linear /dev/ubda 8192
.end
.table a
  0 8192 linear @vg-a 0
.end
`;

const make = `${TABLES}
create vg-a ${uuid("a")}
load vg-a disk
resume vg-a
create vg-b--b ${uuid("b")}
load vg-b--b a
resume vg-b--b
create vg-b--b-layer ${uuid("b")}-layer
load vg-b--b-layer a
resume vg-b--b-layer
`;

const swap = (table: string): string => `${TABLES}
        load vg-a ${table}
        suspend vg-a
        jmp-fail failed
        resume vg-a
        jmp-fail back
        exit 0
back:   clear vg-a
        jmp-fail next
next:   resume vg-a
        jmp-fail lost
failed: exit 1
lost:   exit 8
`;

const change = `
rename vg-b--b vg-c
remove vg-b--b-layer
`;

/** Many devices, and their removal at the same time, in which one that is open is passed over. */
const MANY = Array.from({ length: 21 }, (_, index) => `m${String(index).padStart(2, "0")}`);
const makeMany = [
  TABLES,
  ...MANY.map((lv, index) => `create vg-${lv} ${uuid(`f${index}`)}\nload vg-${lv} disk\nresume vg-${lv}`),
].join("\n");
/** Named like a layer, with the uuid of an LV, as only a program does that somebody has written by hand. */
const odd = `${TABLES}
create vg-q-x ${uuid("0dd")}
load vg-q-x disk
resume vg-q-x
`;
const removeMany = MANY.map((lv) => `remove vg-${lv} overlap\njmp-fail without-${lv}\nwithout-${lv}:`).join(
  "\n",
);

const remove = `
remove vg-c
remove vg-a
`;

const script = `
dvm() { node ${shellQuote(bundle)} -c /run/config.json "$@"; }
config() { echo "{\\"dm\\":{\\"backend\\":\\"kernel\\"},\\"common\\":{\\"deadlineMs\\":$1}}" >/run/config.json; }
execute() { # NAME TEXT
  echo "$2" | dvm dmexec asm - >/run/$1.json
  status=0; dvm dmexec run /run/$1.json >/run/out 2>/run/err || status=$?
  echo "RAN $1 $status $(tail -1 /run/err)"
}
show() { # NAME: links, semaphores, what is suspended, how often udev has started dmsetup since the last one
  udevadm settle --timeout=1 || true
  for link in /dev/mapper/* /dev/vg/* /dev/disk/by-id/dm-name-*; do
    [ "$link" = /dev/mapper/control ] || [ ! -L $link ] || echo "$1 $link $(basename $(readlink -f $link))"
  done
  echo "$1 semaphores $(ipcs -s | grep -c 0x0d4d)"
  echo "$1 $(cat /sys/block/dm-*/dm/suspended | tr -d '\\n')"
  echo "STARTED $1 $(wc -l </run/calls)"
  : >/run/calls
}
call() { # AS NAME: of rules, as other distributions call them
  cp /lib/udev/rules.d/$2 /run/udev/rules.d/$1
  ln -s /dev/null /run/udev/rules.d/$2
}
cp /sbin/dmsetup /run/dmsetup
printf '%s\\n' '#!/bin/sh' 'echo "$*" >>/run/calls' 'exec /run/dmsetup "$@"' >/run/counted
chmod +x /run/counted
mount --bind /run/counted /sbin/dmsetup
: >/run/calls
config 60000
execute make "$MAKE"; show own
execute change "$CHANGE"; show own-changed
execute remove "$REMOVE"; show own-removed
[ ! -e /dev/vg ] && echo own-removed clean
execute untold "$MAKE"

mkdir -p /run/udev/rules.d
cp ${rules("09-dvm.rules")} ${rules("56-dvm.rules")} /run/udev/rules.d/
echo 'KERNEL=="ubda", ENV{ID_FS_TYPE}="linux_raid_member"' >/run/udev/rules.d/99-test.rules
(unset DM_DISABLE_UDEV; exec ${UDEVD} --daemon 2>/dev/null)
udevadm trigger --action=change --sysname-match=ubda
udevadm settle
udevadm trigger --action=change --subsystem-match=block
udevadm settle; show untold
execute told "$CHANGE"
execute told-removed "$REMOVE"; show told

mv /run/udev/rules.d/09-dvm.rules /run/
udevadm control --reload
execute make "$MAKE"; show made-by-dmsetup
execute change "$CHANGE"; show changed-by-dmsetup
execute remove "$REMOVE"; show removed-by-dmsetup

mv /run/09-dvm.rules /run/udev/rules.d/
call 10-dm.rules 55-dm.rules
call 13-dm-disk.rules 60-persistent-storage-dm.rules
udevadm control --reload
execute make "$MAKE"; show made-upstream
rm /run/udev/data/b*
udevadm trigger --action=change --subsystem-match=block
udevadm settle; show untold-upstream
execute change "$CHANGE"
execute remove "$REMOVE"

(cd /run/udev/rules.d; rm 10-dm.rules 55-dm.rules 13-dm-disk.rules 60-persistent-storage-dm.rules)
udevadm control --reload
execute make "$MAKE"; show made
echo "FILES $(echo /run/dvm/udev/*)"
execute odd "$ODD"; show odd
execute remove-odd "remove vg-q-x"
echo "LISTED $(dvm discover list --all -d /dev/ubda -d /dev/mapper/vg-a)"
execute swap "$SWAP"; show swapped
execute change "$CHANGE"; show changed

execute make-many "$MAKE_MANY"; show many
exec 9</dev/vg/m07
execute remove-many "$REMOVE_MANY"; show many-removed
exec 9<&-
execute remove-last "remove vg-m07"; show last-removed
echo "$SWAP" | dvm dmexec asm - >/run/deaf.json
status=0; unshare --net node ${shellQuote(bundle)} -c /run/config.json dmexec run /run/deaf.json >/run/out 2>/run/err || status=$?
echo "RAN deaf $status $(tail -1 /run/err)"; show deaf
printf '%s\\n' '#!/bin/sh' 'kill -9 $PPID' >/run/kill
chmod +x /run/kill
echo 'KERNEL=="dm-*", ENV{DVM_COOKIE}=="?*", PROGRAM="/run/kill"' >/run/udev/rules.d/57-test.rules
udevadm control --reload
execute failed "$MAKE_LATE"; show failed
rm /run/udev/rules.d/57-test.rules
udevadm control --reload
execute remove-failed "remove vg-late"
execute make-late "$MAKE_LATE"
node "$FLOOD" vg-late

udevadm settle
udevadm control --stop-exec-queue
config 700
execute late "$MAKE_LATE"; show late
config 600000
echo "$SWAP" | dvm dmexec asm - >/run/swap.json
node ${shellQuote(bundle)} -c /run/config.json dmexec run /run/swap.json >/run/out 2>/run/err &
dvm=$!
until ipcs -s | grep -q 0x0d4d; do sleep 0.1; done
kill -TERM $dvm
status=0; wait $dvm || status=$?
echo "RAN interrupted $status"; show interrupted
node ${shellQuote(bundle)} -c /run/config.json dmexec run /run/swap.json >/run/out 2>/run/err &
dvm=$!
until ipcs -s | grep -q 0x0d4d; do sleep 0.1; done
kill -KILL $dvm
status=0; wait $dvm || status=$?
echo "RAN killed $status"; show killed
others=$(unset DM_DISABLE_UDEV; dmsetup udevcreatecookie)
echo '{"dm":{"backend":"kernel","udev":false}}' >/run/config.json
execute alone "$SWAP_BACK"; show alone
config 60000
udevadm control --start-exec-queue
udevadm settle
execute after-killed "$SWAP_BACK"; show after-killed
(unset DM_DISABLE_UDEV; dmsetup udevcomplete $others; dmsetup udevreleasecookie $others)

limits=$(cat /proc/sys/kernel/sem)
set -- $limits
echo "$1 $2 $3 0" >/proc/sys/kernel/sem
table=$(dmsetup table vg-a)
execute exhausted "$SWAP"; show exhausted
[ "$table" = "$(dmsetup table vg-a)" ] && echo exhausted same table
echo "$limits" >/proc/sys/kernel/sem
config 60000
execute remove "remove vg-late$REMOVE"; show removed
echo "FILES $(echo /run/dvm/udev/*)"
[ ! -e /dev/vg ] && echo removed clean
`;

t.test("dm devices and udev", async (t) => {
  if (!requireUdev(t)) return;
  const directory = t.testdir({});
  const { output, console } = await bootUml({
    disks: emptyDisks(directory, 16 * 2 ** 20, "disk"),
    modules: ["dm-mod"],
    script,
    env: {
      MAKE_MANY: makeMany,
      REMOVE_MANY: removeMany,
      MAKE: make,
      ODD: odd,
      CHANGE: change,
      REMOVE: remove,
      SWAP: swap("moved"),
      SWAP_BACK: swap("disk"),
      FLOOD: await guestBundle(new URL("../fixtures/udev-flood.ts", import.meta.url), directory),
      MAKE_LATE: `${TABLES}\ncreate vg-late ${uuid("1a7e")}\nload vg-late disk\nresume vg-late\n`,
    },
  });
  const shown = (name: string): string[] =>
    [...output.matchAll(new RegExp(`^${name} (.*)$`, "gm"))].map(([, text]) => text ?? "");
  const started = Object.fromEntries(
    [...output.matchAll(/^STARTED (\S+) (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  );
  const log = { output, console: console.slice(-2000) };
  const ran = Object.fromEntries(
    [...output.matchAll(/^RAN (\S+) (\d+) ?(.*)$/gm)].map(([, name, status, error]) => [
      name,
      { status, error },
    ]),
  );
  t.match(ran, { make: { status: "0" }, change: { status: "0" }, remove: { status: "0" } }, "programs", log);

  await t.test("without udevd", async (t) => {
    const links = ["/dev/mapper/vg-a dm-0", "/dev/mapper/vg-b--b dm-1", "/dev/mapper/vg-b--b-layer dm-2"];
    t.strictSame(
      shown("own"),
      [...links, "/dev/vg/a dm-0", "/dev/vg/b-b dm-1", "semaphores 0", "000"],
      "made",
      log,
    );
    t.strictSame(
      shown("own-changed"),
      [
        "/dev/mapper/vg-a dm-0",
        "/dev/mapper/vg-c dm-1",
        "/dev/vg/a dm-0",
        "/dev/vg/c dm-1",
        "semaphores 0",
        "00",
      ],
      "changed",
    );
    t.strictSame(shown("own-removed"), ["semaphores 0", "", "clean"], "removed");
  });

  await t.test("with udevd", async (t) => {
    const made = [
      "/dev/mapper/vg-a dm-0",
      "/dev/mapper/vg-b--b dm-1",
      "/dev/mapper/vg-b--b-layer dm-2",
      "/dev/vg/a dm-0",
      "/dev/vg/b-b dm-1",
      "/dev/disk/by-id/dm-name-vg-a dm-0",
      "/dev/disk/by-id/dm-name-vg-b--b dm-1",
      "semaphores 0",
      "000",
    ];
    t.strictSame(shown("made"), made, "everything is there when dmexec ends, and layers are nobody's", log);
    t.strictSame(shown("swapped"), made, "a swap changes none of it");
    t.strictSame(
      shown("odd").filter((line) => line.includes("vg-q-x") || line.startsWith("/dev/vg/")),
      [
        "/dev/mapper/vg-q-x dm-3",
        "/dev/vg/a dm-0",
        "/dev/vg/b-b dm-1",
        "/dev/disk/by-id/dm-name-vg-q-x dm-3",
      ],
      "what is named like a layer gets no link of an LV",
      log,
    );
    t.strictSame(
      shown("changed"),
      [
        "/dev/mapper/vg-a dm-0",
        "/dev/mapper/vg-c dm-1",
        "/dev/vg/a dm-0",
        "/dev/vg/c dm-1",
        "/dev/disk/by-id/dm-name-vg-a dm-0",
        "/dev/disk/by-id/dm-name-vg-c dm-1",
        "semaphores 0",
        "00",
      ],
      "renamed and removed",
    );
    t.strictSame(shown("removed"), ["semaphores 0", "", "clean"], "removed", log);
    for (const name of ["made", "swapped", "changed", "many", "many-removed", "after-killed"])
      t.equal(started[name], 0, `udev has started no dmsetup: ${name}`, log);
    t.match(
      output,
      /^FILES \/run\/dvm\/udev\/vg-a \/run\/dvm\/udev\/vg-b--b$/m,
      "since the names of LVs are in files",
    );
    t.match(output, /^FILES \/run\/dvm\/udev\/\*$/m, "which go with the devices");

    for (const name of ["made", "changed", "removed"])
      t.strictSame(
        shown(`${name}-by-dmsetup`),
        shown(name).filter((line) => line !== "clean"),
        `the same without the rules that spare it: ${name}`,
        log,
      );
    t.ok(Number(started["made-by-dmsetup"]) > 0, "when dmsetup takes the cookie down", log);
    t.strictSame(shown("made-upstream"), made, "and where the rules of device-mapper come sooner", log);
    t.equal(started["made-upstream"], 0);
  });

  await t.test("where udevd cannot be heard, in another network namespace", async (t) => {
    t.strictSame(ran["deaf"], { status: "0", error: "" }, "dmsetup takes the cookie down", log);
    t.ok(shown("deaf").includes("semaphores 0"));
    t.equal(started["deaf"], 2, "to read the flags, and to take the cookie down");
  });

  await t.test("a device that somebody else removes", async (t) => {
    t.match(output, /^COOKIES 0$/m, "its last cookie is not announced once more", log);
  });

  await t.test("more announcements than there is room for", async (t) => {
    t.match(
      output,
      /^LOST false false true, false false false$/m,
      "are missed, and known once udevd is idle and silent",
      log,
    );
  });

  await t.test("devices that udevd was told nothing about, as those of an initramfs", async (t) => {
    for (const name of ["untold", "told", "told-removed"])
      t.strictSame(ran[name], { status: "0", error: "" }, name, log);
    for (const name of ["untold", "untold-upstream"])
      t.strictSame(shown(name), shown("made"), `layers are nobody's then either: ${name}`, log);
  });

  await t.test("discover reads what udevd has noted", async (t) => {
    const [text = "{}"] = shown("LISTED");
    const { devices = [] } = JSON.parse(text) as Partial<DiscoverList>;
    const [disk, lv] = devices;
    t.equal(disk?.skipped, "a member of an md array", text);
    // Of all its links this is the one that nothing but udev's database tells.
    t.ok(lv?.aliases.includes("/dev/vg/a"), text);
    t.ok(lv?.aliases.includes("/dev/disk/by-id/dm-name-vg-a"), text);
  });

  await t.test("many devices removed at the same time", async (t) => {
    const rest = shown("changed").slice(0, -2);
    const of = (name: string): string[] => shown(name).filter((line) => line.startsWith("/dev/"));
    t.equal(of("many").length, rest.length + 3 * MANY.length, "each has its three links", log);
    t.strictSame(ran["remove-many"], { status: "0", error: "" }, "removed", log);
    const left = of("many-removed").filter((line) => !rest.includes(line));
    t.match(
      left,
      ["/dev/mapper/vg-m07 ", "/dev/vg/m07 ", "/dev/disk/by-id/dm-name-vg-m07 "],
      "but the open one",
    );
    t.equal(left.length, 3);
    t.ok(shown("many-removed").includes("semaphores 0"), "no semaphore is left");
    t.strictSame(of("last-removed"), rest, "and that one later");
    t.ok(shown("last-removed").includes("semaphores 0"));
  });

  await t.test("udevd that dies of an event", async (t) => {
    t.match(
      ran["failed"],
      { status: "0", error: /udev has failed to handle 1 events? of device-mapper/ },
      "told",
      log,
    );
    const own = ["/dev/mapper/vg-late dm-2", "/dev/vg/late dm-2"];
    t.strictSame(
      shown("failed").filter((line) => line.includes("late")),
      own,
      "the nodes are there, which udevd has not made",
    );
    t.ok(shown("failed").includes("semaphores 0"), "no semaphore is left");
    t.strictSame(ran["remove-failed"], { status: "0", error: "" });
  });

  await t.test("udevd that does nothing", async (t) => {
    t.match(
      ran["late"],
      { status: "0", error: /udev has not handled 1 events? .* none of them for 700 ms/ },
      "a warning",
      log,
    );
    const own = ["/dev/mapper/vg-late dm-2", "/dev/vg/late dm-2"];
    t.strictSame(
      shown("late").filter((line) => line.includes("late")),
      own,
      "the nodes are there, which udevd has not made",
    );
    t.ok(shown("late").includes("semaphores 0"), "no semaphore is left");
    t.match(ran["interrupted"], { status: "143" }, "a signal ends the wait", log);
    t.ok(shown("interrupted").includes("semaphores 0"), "no semaphore is left then either");
    t.ok(shown("interrupted").includes("000"), "nothing is suspended");
    t.match(ran["killed"], { status: "137" }, "and so does kill -9", log);
    t.ok(shown("killed").includes("semaphores 1"), "which leaves a semaphore");
    t.strictSame(ran["after-killed"], { status: "0", error: "" }, "that the next one removes", log);
    t.ok(shown("after-killed").includes("semaphores 1"), "but not libdevmapper's", log);
    t.strictSame(
      ran["alone"],
      { status: "0", error: "" },
      "who does not want udevd does not wait for it",
      log,
    );
    t.ok(shown("alone").includes("/dev/vg/a dm-0"));
  });

  await t.test("no semaphore to be had", async (t) => {
    t.match(
      ran["exhausted"],
      { status: "1", error: /no semaphore .*ENOSPC.*\/proc\/sys\/kernel\/sem.*\[KERNEL\]/ },
      "refused",
      log,
    );
    t.ok(shown("exhausted").includes("000"), "nothing was suspended");
    t.ok(shown("exhausted").includes("same table"));
  });
});
