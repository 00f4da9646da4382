/** An LV may have the id of another for its name: then a word that is both is the id. */
import t from "tap";
import { findLv } from "../../../src/core/dvm/open-lv.ts";
import { changed, lvOf, vgOf } from "../../lib/volumes.ts";

t.test("an id is an id, whoever has it for a name", async (t) => {
  const one = changed(vgOf(100), "create-lv", { name: "one", extents: "1" });
  const { id } = lvOf(one, "one");
  const both = changed(one, "create-lv", { name: id, extents: "1" });
  for (const lvs of [both.lvs, [...both.lvs].reverse()]) {
    t.equal(findLv({ ...both, lvs }, id).name, "one");
    t.equal(findLv({ ...both, lvs }, "one").name, "one");
  }
  t.throws(() => findLv(both, "two"), { code: "NOT_FOUND" });
});
