/**
 * The umbrella for people: finds the VG, passes documents between the applets. The only one that may hold
 * state.
 */
import type { Applet, Applets } from "./applet.ts";
import { completion, schema } from "./dvm/about.ts";
import { activate, deactivate } from "./dvm/activation.ts";
import { boot } from "./dvm/boot.ts";
import { recover, run } from "./dvm/change.ts";
import { exportVerb, importVerb } from "./dvm/contents.ts";
import { doctor, report } from "./dvm/look.ts";
import { evacuate, expand, importCopy, init, reduce, removeVerb } from "./dvm/members.ts";

/** @param applets all of them, itself too, for what it tells of them */
export const dvm = (applets: Applets): Applet => ({
  name: "dvm",
  summary: "The deconstructed volume manager",
  looksForConfig: true,
  verbs: [
    init,
    run,
    expand,
    reduce,
    evacuate,
    importCopy,
    removeVerb,
    activate,
    deactivate,
    report,
    recover,
    boot,
    exportVerb,
    importVerb,
    doctor,
    schema,
    completion(applets),
  ],
});
