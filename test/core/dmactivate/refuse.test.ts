/** What is refused before an instruction is made: each by name. */
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState } from "../../../src/schema/index.ts";

type Devices = DmState["devices"];

/** `name uuid params…`, each param a linear of 96 sectors; a name that ends in `*` is open once. */
function devices(...rows: readonly string[]): Devices {
  return rows.map((row) => {
    const [name = "", uuid = "", ...tokens] = row.split(" ");
    const table = tokens.map((token, index) => ({
      start: 96 * index,
      length: 96,
      type: "linear",
      params: `${token} 0`,
    }));
    return { name: name.replace("*", ""), uuid: `DVM-${uuid}`, table, openCount: name.endsWith("*") ? 1 : 0 };
  });
}

function array(...members: readonly string[]): Devices[number] {
  const params = `raid1 1 0 ${members.length} ${members.join(" ")}`;
  return { name: "array", uuid: "DVM-5", table: [{ start: 0, length: 96, type: "raid", params }] };
}

const rows: readonly {
  readonly what: string;
  readonly current?: Devices;
  readonly desired: Devices;
  readonly code: string;
  readonly message: RegExp;
}[] = [
  {
    what: "a device that refers to itself",
    desired: devices("a 1 @a"),
    code: "BAD_INPUT",
    message: /in a ring: a -> a$/,
  },
  {
    what: "a ring of three, with something that stands on it",
    desired: devices("top 0 @a", "a 1 @b", "b 2 8:0 @c", "c 3 @a"),
    code: "BAD_INPUT",
    message: /in a ring: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)$/,
  },
  {
    what: "a ring through a device that is there under another name",
    current: devices("old 1 8:0"),
    desired: devices("a 1 @b", "b 2 @a"),
    code: "BAD_INPUT",
    message: /in a ring: a -> b -> a|in a ring: b -> a -> b/,
  },
  {
    what: "a reference to nothing",
    desired: devices("a 1 @gone"),
    code: "BAD_INPUT",
    message: /a refers to @gone, which is neither desired nor there/,
  },
  {
    what: "a reference to what is to be removed",
    current: devices("b 2 8:0"),
    desired: devices("a 1 @b"),
    code: "BAD_INPUT",
    message: /a refers to @b, which is to be removed/,
  },
  {
    what: "a reference by the name that a device had",
    current: devices("b 2 8:0"),
    desired: devices("a 1 @b", "c 2 8:0"),
    code: "BAD_INPUT",
    message: /a refers to @b, which is to be named c/,
  },
  {
    what: "a name twice",
    desired: devices("a 1 8:0", "a 2 8:0"),
    code: "BAD_INPUT",
    message: /two devices named a/,
  },
  {
    what: "a uuid twice",
    desired: devices("a 1 8:0", "b 1 8:0"),
    code: "BAD_INPUT",
    message: /two devices with uuid DVM-1/,
  },
  {
    what: "a name that somebody else has",
    current: [{ name: "a", uuid: "LVM-x", table: [] }],
    desired: devices("a 1 8:0"),
    code: "EXISTS",
    message: /a is wanted for DVM-1, but LVM-x \(a\) has it/,
  },
  {
    what: "a uuid that is not ours",
    desired: [{ name: "a", uuid: "LVM-1", table: [{ start: 0, length: 8, type: "zero", params: "" }] }],
    code: "BAD_INPUT",
    message: /a has uuid "LVM-1", which does not begin with DVM-/,
  },
  {
    what: "a device that goes and is used by one that stays",
    current: [
      ...devices("a* 1 8:0"),
      { ...devices("x 9 @a")[0], name: "x", uuid: "other" } as Devices[number],
    ],
    desired: [],
    code: "IN_USE",
    message: /a is to be removed, but is used by x, which stays/,
  },
  {
    what: "a table with a hole",
    desired: [{ name: "a", uuid: "DVM-1", table: [{ start: 8, length: 8, type: "zero", params: "" }] }],
    code: "BAD_INPUT",
    message: /the table of a has a target at 8\+8 where one should begin at 0/,
  },
  {
    what: "a table that its target refuses",
    desired: [
      { name: "a", uuid: "DVM-1", table: [{ start: 0, length: 8, type: "striped", params: "2 8 8:0 0" }] },
    ],
    code: "BAD_INPUT",
    message: /striped target at 0 of a: Not enough destinations/,
  },
  {
    what: "a key in the clear, which is not repeated",
    desired: [
      {
        name: "a",
        uuid: "DVM-1",
        table: [{ start: 0, length: 8, type: "crypt", params: "aes-xts-plain64 deadbeef 0 8:0 0" }],
      },
    ],
    code: "BAD_INPUT",
    message: /^(?!.*deadbeef)crypt target at 0 of a: the key must be a reference/,
  },
  {
    what: "more than a component has",
    desired: [
      ...devices("a 1 8:0"),
      { name: "b", uuid: "DVM-2", table: [{ start: 0, length: 97, type: "linear", params: "@a 0" }] },
    ],
    code: "BAD_INPUT",
    message: /b maps 0\+97 of a, which has 96 sectors/,
  },
  {
    what: "what stays as it is, and would find less than it maps",
    current: [
      ...devices("a 1 8:0 8:1"),
      { name: "b", uuid: "DVM-2", table: [{ start: 0, length: 97, type: "linear", params: "@a 0" }] },
    ],
    desired: [
      ...devices("a 1 8:0"),
      { name: "b", uuid: "DVM-2", table: [{ start: 0, length: 97, type: "linear", params: "@a 0" }] },
    ],
    code: "BAD_INPUT",
    message: /b maps 0\+97 of a, which has 96 sectors/,
  },
  ...(["goes", "becomes linear", "drops a leg"] as const).map((how) => ({
    what: `metadata that move while the array on them ${how}`,
    current: [...devices("m 1 8:0", "n 2 8:1", "a 3 8:2", "b 4 8:3"), array("@m @a", "@n @b")],
    desired: [
      ...devices("m 1 8:0", "n 2 8:4", "a 3 8:2", "b 4 8:3"),
      ...(how === "becomes linear" ? devices("array 5 8:5") : how === "drops a leg" ? [array("@m @a")] : []),
    ],
    code: "BAD_INPUT",
    message:
      /array lets go of n, on which it keeps metadata, and that is to be replaced: it takes two changes/,
  })),
  {
    what: "a device without a table",
    desired: [{ name: "a", uuid: "DVM-1", table: null }],
    code: "BAD_INPUT",
    message: /desired device a has no table/,
  },
];

for (const { what, current = [], desired, code, message } of rows) {
  t.test(what, async (t) => {
    try {
      planPrograms({ devices: current }, { scope: ["DVM-"], devices: desired });
      t.fail("is planned");
    } catch (thrown) {
      if (!(thrown instanceof DvmError)) throw thrown;
      t.equal(thrown.code, code);
      t.match(thrown.message, message);
    }
  });
}

t.test("what is out of scope is not asked about", async (t) => {
  const current = [...devices("a* 1 8:0"), { name: "x", uuid: "", table: null }];
  const { commit } = planPrograms({ devices: current }, { scope: ["DVM-2"], devices: [] });
  t.strictSame(commit.instructions, [{ op: "exit", status: 0 }]);
});
