/**
 * The umbrella for people: finds the VG, passes documents between the applets. The only one that may hold
 * state.
 */
import { defined } from "../core/base/assert.ts";
import type { Applet, Applets, Verb } from "./applet.ts";
import { completion, schema } from "./dvm/about.ts";
import { activate, deactivate } from "./dvm/activation.ts";
import { boot } from "./dvm/boot.ts";
import { recover, run } from "./dvm/change.ts";
import { exportVerb, importVerb } from "./dvm/contents.ts";
import { apply, dump, plan } from "./dvm/desired.ts";
import { doctor, report } from "./dvm/look.ts";
import {
  adopt,
  evacuate,
  expand,
  importCopy,
  init,
  reduce,
  release,
  removeVerb,
  resizeVerb,
} from "./dvm/members.ts";
import { history, undo } from "./dvm/past.ts";
import { rescueImage } from "./dvm/rescue.ts";
import { scrub } from "./dvm/scrub.ts";
import { serve } from "./dvm/serve.ts";
import { shorthands } from "./dvm/shorthand.ts";
import { tend } from "./dvm/tend.ts";
import { events, wait } from "./dvm/watch.ts";
import { whatIf } from "./dvm/what-if.ts";

/** @param applets all of them, itself too, for what it tells of them, and for the changes that manip makes */
export async function dvm(applets: Applets): Promise<Applet> {
  const own: readonly Verb[] = [
    init,
    run,
    expand,
    reduce,
    resizeVerb,
    evacuate,
    importCopy,
    removeVerb,
    adopt,
    release,
    activate,
    deactivate,
    report,
    dump,
    plan,
    apply,
    whatIf,
    tend,
    scrub,
    wait,
    events,
    recover,
    history,
    undo,
    boot,
    rescueImage,
    exportVerb,
    importVerb,
    serve,
    doctor,
    schema,
    completion(applets),
  ];
  const manip = defined(await applets.find("manip"), "manip in the table");
  return {
    name: "dvm",
    summary: "The deconstructed volume manager",
    looksForConfig: true,
    verbs: [...own, ...shorthands(manip, own)],
  };
}
