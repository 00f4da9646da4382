/** Uuids by which it is known whose a dm device is. */
import fc from "fast-check";
import t from "tap";
import { dmUuid, isLayerUuid, isLvUuid, isOurs, parseDmUuid, uuidScope } from "../../../src/core/dm/uuid.ts";

const VG = "0123456789abcdef0123456789abcdef";
const LV = "fedcba9876543210fedcba9876543210";
const LVM_VG = "T4KmQXNrkI3qvWbDEgfZ0ym2e1pSA9cu";
const LVM_LV = "xP7hG5oLjU6RtYsMnBvC8iOwEd0ZaKfQ";

t.test("a uuid is read as it was made", async (t) => {
  const id = fc.stringMatching(/^[0-9a-f]{32}$/);
  const layer = fc.option(fc.stringMatching(/^[a-z]{1,8}_[0-9]{1,2}$/), { nil: undefined });
  fc.assert(
    fc.property(id, id, layer, (vg, lv, layer) => {
      const uuid = dmUuid(vg, lv, layer);
      t.strictSame(parseDmUuid(uuid), { owner: "DVM", vg, lv, layer });
      return uuid.startsWith(uuidScope(vg)) && uuid.startsWith(uuidScope(vg, lv)) && isOurs(uuid);
    }),
    { numRuns: 200, seed: 9 },
  );
});

t.test("whose it is, and of what", async (t) => {
  const rows: readonly (readonly [uuid: string, parsed: ReturnType<typeof parseDmUuid>, of: string])[] = [
    [`DVM-${VG}${LV}`, { owner: "DVM", vg: VG, lv: LV, layer: undefined }, "LV"],
    [`DVM-${VG}${LV}-rimage_0`, { owner: "DVM", vg: VG, lv: LV, layer: "rimage_0" }, "layer"],
    [`DVM-${VG}${LV}-a-b`, { owner: "DVM", vg: VG, lv: LV, layer: "a-b" }, "layer"],
    [`DVM-${VG}${LV}-a\n`, { owner: "DVM", vg: VG, lv: LV, layer: "a\n" }, "layer"],
    [`LVM-${LVM_VG}${LVM_LV}`, { owner: "LVM", vg: LVM_VG, lv: LVM_LV, layer: undefined }, "neither"],
    [`LVM-${LVM_VG}${LVM_LV}-tdata`, { owner: "LVM", vg: LVM_VG, lv: LVM_LV, layer: "tdata" }, "neither"],
    [`DVM-${VG}${LV}\n`, undefined, "neither"],
    [`DVM-${VG}${LV}-`, undefined, "neither"],
    [`DVM-${VG}${LV}0`, undefined, "neither"],
    [`DVM-${VG}${LV.slice(1)}`, undefined, "neither"],
    [`DVM-${VG}${LV.toUpperCase()}`, undefined, "neither"],
    [`CRYPT-LUKS2-${VG}-name`, undefined, "neither"],
    ["DVM-", undefined, "neither"],
    ["", undefined, "neither"],
  ];
  for (const [uuid, parsed, of] of rows) {
    t.strictSame(parseDmUuid(uuid), parsed, uuid);
    t.equal(isLvUuid(uuid), of === "LV", uuid);
    t.equal(isLayerUuid(uuid), of === "layer", uuid);
    t.equal(isOurs(uuid), uuid.startsWith("DVM-"), uuid);
  }
});

t.test("what is no id, or too long, becomes no uuid", async (t) => {
  t.throws(() => dmUuid(VG, LV.slice(1)), { code: "BAD_NAME" });
  t.throws(() => dmUuid("../../etc", LV), { code: "BAD_NAME" });
  t.throws(() => dmUuid(VG, LV, "x".repeat(60)), { code: "BAD_NAME" });
  t.equal(dmUuid(VG, LV, "x".repeat(59)).length, 128);
});
