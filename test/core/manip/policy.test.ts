/** What a VG's metadata says of what may be done unasked. */
import t from "tap";
import { changed, vgOf } from "../../lib/volumes.ts";

t.test("free extents for legs that have failed, or nobody but a person", async (t) => {
  const none = vgOf(10);
  t.equal(none.vg.policy, undefined);
  const free = changed(none, "policy", { replace: "free" });
  t.same(free.vg, { ...none.vg, policy: { replace: "free" } });
  t.same(changed(free, "policy", { replace: "free" }), free, "said twice, nothing changes");
  t.same(changed(free, "policy", { replace: "never" }).vg, none.vg, "what every VG has is not written down");
  t.same(changed(none, "policy", { replace: "never" }), none);
  t.throws(() => changed(none, "policy", {}), { message: /replace/ });
});

t.test("what stays free is written down when it is said, nothing too", async (t) => {
  const none = vgOf(10);
  const kept = changed(none, "policy", { "keep-free": "3M" });
  t.same(kept.vg.policy, { keepFree: 6144 });
  t.same(changed(kept, "policy", { replace: "free" }).vg.policy, { replace: "free", keepFree: 6144 });
  t.same(changed(kept, "policy", { "keep-free": "0s" }).vg.policy, { keepFree: 0 });
});
