/** Steps of commit that are about one device each. */
import { type Device, nameOf } from "../compare/device.ts";
import type { Decision } from "../decide/decision.ts";
import { Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { writeAgain } from "./write-again.ts";

/** Drops a table that is loaded and must not go live. */
export function clearStep(name: string, writesAgain = false): CommitStep {
  const failed = new Label();
  return {
    clean(assembly) {
      assembly.add({ op: "clear", name }, failed);
      if (writesAgain) writeAgain(assembly, name);
    },
    failed(assembly) {
      assembly.place(failed);
      assembly.tryTo({ op: "clear", name });
      if (writesAgain) writeAgain(assembly, name);
    },
  };
}

export function renameStep(from: string, to: string, device: Device): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) => assembly.add({ op: "rename", name: from, newName: to }, failed),
    failed(assembly) {
      assembly.add({ op: "info", name: from, expect: { uuid: device.uuid } }, failed);
      assembly.add({ op: "rename", name: from, newName: to }, failed);
      assembly.place(failed);
    },
  };
}

/** New devices go live under their own names. One that cannot is removed: it must not stay half made. */
export function appearSteps(appear: readonly Decision[], isSure: boolean): CommitStep[] {
  if (appear.length === 0) return [];
  const stuck = new Label();
  return [
    ...appear.map(({ device }) => appearStep(nameOf(device), device, isSure, stuck)),
    {
      clean() {},
      failed() {},
      tail(assembly) {
        assembly.place(stuck);
        assembly.exit(8);
      },
    },
  ];
}

/** @param isSure the name means this device; stuck: where to go when it can neither be removed nor resumed */
function appearStep(name: string, device: Device, isSure: boolean, stuck: Label): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) => assembly.add({ op: "resume", name }, failed),
    failed(assembly) {
      const next = new Label();
      const stays = new Label();
      if (!isSure) assembly.add({ op: "info", name, expect: { uuid: device.uuid } }, next);
      assembly.add({ op: "resume", name }, failed);
      assembly.jump(next);
      assembly.place(failed);
      assembly.add({ op: "remove", name }, stays);
      assembly.jump(next);
      assembly.place(stays);
      assembly.tryTo({ op: "clear", name });
      assembly.add({ op: "resume", name }, stuck);
      assembly.place(next);
    },
  };
}
