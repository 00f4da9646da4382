/** One random life of a VG: see world.ts. What has gone wrong is told with all lines that were typed. */
import { usesOf } from "../../src/core/volume/users.ts";
import { random } from "../lib/random.ts";
import { changeOf } from "./changes.ts";
import { type Outcome, World, Wrong } from "./world.ts";

/** What a life was made of, counted. */
export type Counts = Record<
  "steps" | "done" | "refused" | "killed" | "failed" | "cuts" | "unplugged",
  number
>;

/** @throws Wrong with the lines that led there */
export async function live(seed: string, steps: number, counts: Counts): Promise<void> {
  const world = await World.make(random(seed));
  try {
    for (let step = 0; step < steps; step += 1) {
      counts.steps += 1;
      await oneStep(world, counts);
    }
    await allBack(world);
  } catch (thrown) {
    const why = thrown instanceof Wrong ? thrown.message : (thrown as Error).stack;
    throw new Wrong(`seed ${seed}: ${why}\n${world.log.slice(-60).join("\n")}`);
  }
}

async function oneStep(world: World, counts: Counts): Promise<void> {
  const draw = world.number(100);
  if (draw < 5) cutPower(world, counts);
  else if (draw < 17) await rewrite(world);
  else if (draw < (world.away.size > 0 ? 37 : 22)) await comeAndGo(world, counts);
  else await change(world, counts);
  await isReadable(world);
}

/** A command, in a third of all cases in a process that is killed, or with a disk that fails. */
async function change(world: World, counts: Counts): Promise<void> {
  const { machine } = world;
  const { lvs, pvs } = await world.metadata();
  const line = changeOf(
    world,
    lvs,
    pvs.map(({ id }) => id),
  );
  const fault = world.number(6);
  if (fault === 0) machine.stepsLeft = world.number(25);
  if (fault === 1) {
    const path = world.pick(world.disks) as string;
    const after = world.number(20);
    let seen = 0;
    machine.failing = (step) => step.includes(` ${path}`) && ++seen > after;
    world.log.push(`${path} fails after ${after}`);
  }
  const outcome = await world.type(line);
  count(counts, outcome);
  await expected(world, line, outcome);
  machine.restart();
  if (outcome.killed || outcome.status === 7 || outcome.status === 8 || fault === 1) await settle(world);
}

/** What a command makes of the contents, beyond keeping them. */
async function expected(world: World, line: string, { status }: Outcome): Promise<void> {
  const { machine, contents } = world;
  machine.restart();
  if (status >= 2 && status <= 5) return;
  const { lvs } = await world.metadata();
  const [, verb, name, , origin] = /^dvm (snapshot|merge) vg\/(\S+)( --origin (\S+))?/.exec(line) ?? [];
  const lv = lvs.find((each) => each.name === name);
  const of = lvs.find((each) => each.name === origin || (lv && usesOf(lv).includes(each.id)));
  if (!lv || !of) return;
  const [own, others] = [contents.get(lv.id), contents.get(of.id)];
  if (verb === "snapshot" && status === 0 && others) contents.set(lv.id, others);
  if (verb !== "merge") return;
  contents.delete(lv.id);
  if (own && others) contents.set(of.id, [...own, ...others]);
  else contents.delete(of.id);
}

function count(counts: Counts, { status, killed }: Outcome): void {
  if (killed) counts.killed += 1;
  else if (status === 0) counts.done += 1;
  else if (status >= 2 && status <= 5) counts.refused += 1;
  else counts.failed += 1;
}

/** Whatever has happened, with every disk there one command leads out of it. */
async function settle(world: World): Promise<void> {
  if (world.away.size === 0) await world.must("dvm recover vg");
  else await world.type("dvm recover vg");
}

function cutPower(world: World, counts: Counts): void {
  counts.cuts += 1;
  const isLost = world.number(3);
  world.machine.cutPower(() => isLost === 0 || (isLost === 1 && world.chance() < 0.5));
  world.log.push("power cut");
}

/** All goes down, is looked at, and one LV gets another content. */
async function rewrite(world: World): Promise<void> {
  const { status } = await world.type("dvm deactivate vg");
  if (status !== 0) return settle(world);
  await world.look();
  const lv = world.pick((await world.metadata()).lvs);
  if (!lv) return;
  if (world.number(5) === 0) world.machine.stepsLeft = world.number(20);
  await world.write(lv);
  world.machine.restart();
  await settle(world);
}

/** A disk goes, in use or not, with or without the VG going on without it, or one comes back as it was. */
async function comeAndGo(world: World, counts: Counts): Promise<void> {
  const [gone] = world.away.keys();
  if (gone !== undefined && (world.away.size > 1 || world.chance() < 0.8)) return comeBack(world, gone);
  if (world.chance() < 0.5) await world.type("dvm deactivate vg");
  counts.unplugged += 1;
  world.unplug(world.pick(world.disks) as string);
  if (world.chance() < 0.6) await world.type("dvm recover vg --without missing");
}

async function comeBack(world: World, ...paths: readonly string[]): Promise<void> {
  await world.type("dvm deactivate vg");
  for (const path of paths) world.plug(path);
  const line = ["dvm recover vg", ...paths.map((path) => `--resync ${path}`)].join(" ");
  const { status, stderr } = await world.type(line);
  if (status === 0) return;
  // A commit may have reached a disk that then went, and nobody else, or a VG has gone on without disks that were
  // further on: a person has to decide.
  const choices = [...stderr.matchAll(/dvm (recover vg --choose \S+)(?:, or| \[)/g)];
  const [, choice] = world.pick(choices) ?? [];
  if (choice === undefined) {
    if (world.away.size > 0) return;
    throw new Wrong(`${line}: ${status}: ${stderr}`);
  }
  world.contents.clear();
  await world.must(`dvm ${choice}`);
}

/** The metadata can be read, and is whole; a report is made of it. */
async function isReadable(world: World): Promise<void> {
  world.machine.restart();
  const { status, stderr } = await world.type("dvm report vg lv --format json");
  if (status !== 0 && world.away.size === 0) throw new Wrong(`the report fails: ${status}: ${stderr}`);
  world.cutShort((await world.metadata()).lvs);
}

/** At the end all disks come back, and every LV holds what it did. */
async function allBack(world: World): Promise<void> {
  await comeBack(world, ...world.away.keys());
  await world.must("dvm recover vg");
  await world.must("dvm deactivate vg");
  await world.look();
}
