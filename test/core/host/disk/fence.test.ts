/** What is fenced stays so, whatever answers late. */
import t from "tap";
import { makeFence } from "../../../../src/core/host/disk/fence.ts";

t.test("a device that answers after its deadline is not used again", async (t) => {
  const fence = makeFence({ deadlineMs: 1, stuckLimit: () => 1 });
  let answer: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await t.rejects(
    fence.run("slow", "write slow", () => late),
    { code: "DEADLINE", message: /no answer within 1 ms/ },
  );
  const asked: string[] = [];
  const ask = (device: string) => fence.run(device, `read ${device}`, async () => void asked.push(device));
  await t.rejects(ask("other"), { code: "DEADLINE", message: /not tried: 1 others do not answer/ });
  answer();
  await late;
  await new Promise(setImmediate);
  t.ok(fence.isFenced("slow"));
  await t.rejects(ask("slow"), { code: "DEADLINE", message: /did not answer before and is left alone/ });
  t.same(asked, [], "nothing was sent to it");
  const patient = makeFence({ deadlineMs: 60_000, stuckLimit: () => 1 });
  await patient.run("other", "read other", async () => void asked.push("other"));
  t.same(asked, ["other"]);
});

t.test("a late answer makes room for others, a late failure too", async (t) => {
  for (const end of ["answers", "fails"]) {
    let settle: () => void = () => undefined;
    const late = new Promise<void>((resolve, reject) => {
      settle = () => (end === "answers" ? resolve() : reject(new Error("late")));
    });
    const fence = makeFence({ deadlineMs: 50, stuckLimit: () => 1 });
    await t.rejects(
      fence.run("slow", "write slow", () => late),
      { code: "DEADLINE" },
    );
    settle();
    await late.catch(() => undefined);
    await new Promise(setImmediate);
    const tried = await fence
      .run("other", "read other", async () => "an answer")
      .catch(({ message }: Error) => message);
    t.notMatch(tried, /not tried/, `the slow one ${end}`);
  }
});
