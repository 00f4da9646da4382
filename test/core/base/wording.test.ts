import t from "tap";
import { Wording } from "../../../src/core/base/wording.ts";

const [A, B, VG] = ["a", "b", "c"].map((digit) => digit.repeat(32)) as [string, string, string];

t.test("messages in the words of who gave the command", async (t) => {
  const wording = new Wording();
  t.equal(wording.of(`PV ${A}: run tm recover`), `PV ${A}: run tm recover`, "tools speak for themselves");
  wording.about({ id: VG, name: "vg0" }, [{ id: A, path: "/dev/a b" }]);
  wording.about({ id: VG, name: "vg0" }, [{ id: B, path: "/dev/b" }]);
  const rows: [said: string, put: string][] = [
    [`12 on PV ${B}, 3 on PV ${A}`, "12 on PV /dev/b, 3 on PV /dev/a b"],
    [`on /dev/b (${B}); and`, "on /dev/b; and"],
    [`/dev/x (${B})`, "/dev/x (/dev/b)"],
    [`VG vg0 (${VG}) has no ${VG}`, `VG vg0 (${VG}) has no ${VG}`],
    [`DVM-${VG}${A} and ${A}${A}`, `DVM-${VG}${A} and ${A}${A}`],
    [
      `tm recover --resync ${A} --resync ${B}, or dvm discover rm vg0 ${A}`,
      "dvm recover vg0 --resync '/dev/a b' --resync /dev/b, or dvm discover rm vg0 '/dev/a b'",
    ],
    [`run tm recover --resync ${B}`, "run dvm recover vg0 --resync /dev/b"],
    [
      `run tm recover, or tm recover --choose 3:${"1".repeat(8)}`,
      "run dvm recover vg0, or dvm recover vg0 --choose 3:11111111",
    ],
    ["run tm init, or dvm remove-vg vg0 to begin anew", "run dvm remove-vg vg0 to begin anew"],
    ["tm verify says what is left", "dvm doctor says what is left"],
    ["out of date: run discover find again", "out of date: give the command again"],
    ["is moved: manip move --name x --finish", "is moved: dvm run vg0 -- move --name x --finish"],
    ["is another: manip convert --name x --finish", "is another: dvm run vg0 -- convert --name x --finish"],
    [`run manip missing-pv --pv ${B} first`, "run dvm run vg0 -- missing-pv --pv /dev/b first"],
    ["given up: manip uncache --name x --drop", "given up: dvm run vg0 -- uncache --name x --drop"],
    ["tm update -- manip move --name x", "tm update -- manip move --name x"],
    ["what manip does -- and it -- is that", "what manip does -- and it -- is that"],
    ["run dvm run vg0 -- move --name x", "run dvm run vg0 -- move --name x"],
  ];
  for (const [said, put] of rows) t.equal(wording.of(said), put);
});

t.test(
  "commands as they have to be typed: with the options that were, and a word that means one VG",
  async (t) => {
    const wording = new Wording();
    wording.given({ config: "my config", devices: ["a.img", "b"] });
    t.equal(wording.of("dvm doctor says"), "dvm doctor -c 'my config' -d a.img -d b says");
    wording.call(VG, VG);
    wording.call(VG, "later words do not count");
    wording.about({ id: VG, name: "vg.0" }, []);
    const typed = "-c 'my config' -d a.img -d b";
    const rows: [said: string, put: string][] = [
      ["run tm recover", `run dvm recover ${typed} ${VG}`],
      ["dvm discover rm vg.0 b: it", `dvm discover rm ${typed} ${VG} b: it`],
      ["run dvm run vg.0 -- move", `run dvm run ${typed} ${VG} -- move`],
      ["dvm export vg.0/x", `dvm export ${typed} ${VG}/x`],
      ["dvm recover vgx0, dvm recover vg.01", "dvm recover vgx0, dvm recover vg.01"],
      [`run dvm recover ${VG}`, `run dvm recover ${typed} ${VG}`],
    ];
    for (const [said, put] of rows) {
      t.equal(wording.of(said), put);
      t.equal(wording.of(put), put, "once is enough");
    }
  },
);
