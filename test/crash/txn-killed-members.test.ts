/** Changes of the members by real processes, killed at each step. */
import { killAtEachStep } from "../lib/killed-tm.ts";

killAtEachStep({
  name: "expand",
  async from(vg) {
    return ["expand", vg.disk("new"), "--", "manip", "add-pv", "--discovery", "{discovery}"];
  },
  points: 40,
});

killAtEachStep({
  name: "reduce",
  async from(vg) {
    const id = (await vg.find()).devices.find(({ path }) => path === vg.path("c"))?.id ?? "";
    return ["reduce", id, "--", "manip", "remove-pv", "--pv", id];
  },
  points: 25,
});
