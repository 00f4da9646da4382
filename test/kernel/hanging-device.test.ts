/**
 * Devices of a real kernel that do not answer: the command ends in time all the same, and says which they
 * are.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

/**
 * A delay target holds every read, or every write, for ten minutes, as a dead path or a disk in error
 * recovery does.
 */
const script = `
  set -e
  echo '{"common":{"deadlineMs":2000}}' >$TMPDIR/dvm.json
  discover() { node ${shellQuote(bundle)} discover -c $TMPDIR/dvm.json "$@"; }
  discover add vg $DISK0 --with $DISK1 --new -d $DISK0 -d $DISK1 >/dev/null
  dmsetup create slow --table "0 32768 delay $DISK1 0 600000"
  dmsetup create asleep --table "0 32768 linear $DISK1 0"
  begin=$(cut -d. -f1 /proc/uptime)
  echo "LIST $(discover list --all -d $DISK0 -d /dev/mapper/slow 2>$TMPDIR/said)"
  echo "SAID $(tr '\\n' ' ' <$TMPDIR/said)"
  echo "FIND $(discover find vg -d $DISK0 -d /dev/mapper/slow 2>/dev/null)"
  dmsetup suspend asleep
  echo "ASLEEP $(discover list --all -d $DISK0 -d /dev/mapper/asleep 2>/dev/null)"
  echo '{"regions":[{"path":"/dev/mapper/asleep","offset":2048,"length":2048}]}' >$TMPDIR/regions.json
  got=0
  node ${shellQuote(bundle)} replicate -c $TMPDIR/dvm.json status $TMPDIR/regions.json 2>&1 || got=$?
  echo "REPLICATE $got"
  dmsetup resume asleep
  dmsetup create stuck --table "0 32768 linear $DISK1 0"
  echo '{"regions":[{"path":"'$DISK0'","offset":4096,"length":2048},{"path":"/dev/mapper/stuck","offset":4096,"length":2048}]}' >$TMPDIR/both.json
  node ${shellQuote(bundle)} replicate format --force $TMPDIR/both.json >/dev/null
  dmsetup suspend stuck
  dmsetup load stuck --table "0 32768 delay $DISK1 0 0 $DISK1 0 600000"
  dmsetup resume stuck
  got=0
  echo new | node ${shellQuote(bundle)} replicate -c $TMPDIR/dvm.json prepare $TMPDIR/both.json - >$TMPDIR/said 2>&1 || got=$?
  echo "PREPARE $got $(tr '\\n' ' ' <$TMPDIR/said)"
  echo "TOOK $(($(cut -d. -f1 /proc/uptime) - begin))"
  below="8 32760 delay $DISK1 8 600000"
  echo "0 8 linear $DISK1 0
$below" | dmsetup create below
  dmsetup create held --uuid DVM-held --table "0 32768 linear /dev/mapper/below 0"
  dmsetup create quiet --uuid DVM-quiet --table "0 32768 linear $DISK1 0"
  dd if=/dev/mapper/held of=/dev/null bs=4096 skip=1 count=1 iflag=direct 2>/dev/null &
  until [ "$(readlink /proc/$!/fd/1)" = /dev/null ] && grep -q "^State:.D" /proc/$!/status; do sleep 0.1; done
  cat >$TMPDIR/program <<END
        suspend quiet
        jmp-fail end
        suspend held
        jmp-fail back
        resume held
        jmp-fail one
        jmp back
one:    clear held
        jmp-fail two
two:    resume held
        jmp-fail both
back:   resume quiet
        jmp-fail three
end:    exit 1
both:   resume quiet
        jmp-fail three
        exit 8
three:  clear quiet
        jmp-fail four
four:   resume quiet
        jmp-fail lost
lost:   exit 8
END
  node ${shellQuote(bundle)} dmexec asm $TMPDIR/program >$TMPDIR/program.json
  got=0
  node ${shellQuote(bundle)} dmexec run -c $TMPDIR/dvm.json $TMPDIR/program.json >$TMPDIR/result 2>$TMPDIR/said || got=$?
  echo "SUSPEND $got $(tr '\\n' ' ' <$TMPDIR/said)"
  dmsetup suspend below --noflush
  dmsetup load below --table "0 32768 delay $DISK1 0 600000"
  dmsetup resume below
  got=0
  node ${shellQuote(bundle)} dmexec run -c $TMPDIR/dvm.json $TMPDIR/program.json >$TMPDIR/result 2>$TMPDIR/said || got=$?
  echo "ASKED $got $(tr '\\n' ' ' <$TMPDIR/said)"
  echo "RESULT $(cat $TMPDIR/result)"
  dmsetup info -c --noheadings -o name,suspended held quiet | sed 's/^/STATE /'
  ps >$TMPDIR/ps 2>/dev/null || busybox ps >$TMPDIR/ps
  if grep -v grep $TMPDIR/ps | grep -e "[d]iscover list" -e "[r]eplicate"; then echo "STILL THERE"; fi
`;

t.test("a device that does not answer", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 16 * 2 ** 20, "a", "b");
  const modules = ["dm-mod", "dm-delay"];
  const { status, output } = await bootUml({ disks, script, modules });
  t.equal(status, 0, "status of the script", { output });
  const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(output)?.[1] ?? "";
  const list = JSON.parse(line("LIST") || "{}");
  t.match(list.devices?.[1]?.skipped, /no answer within 2000 ms/);
  t.match(line("SAID"), /mapper\/slow: read of .*: no answer within 2000 ms/);
  t.match(JSON.parse(line("FIND") || "{}"), { devices: [{ path: "/dev/ubda" }], missing: { count: 1 } });
  t.match(JSON.parse(line("ASLEEP") || "{}").devices?.[1]?.skipped, /^is suspended$/);
  t.match(line("REPLICATE"), /^[0-9]+$/, "replicate does not wait for a suspended device either");
  t.match(line("PREPARE"), /^8 .*mapper\/stuck: write of .*: no answer within 2000 ms.*\[HALF_DONE\]/);
  t.match(
    line("SUSPEND"),
    /^1 .*suspend held: ETIMEDOUT \(what is in flight was not answered within 2000 ms/,
  );
  t.match(line("SUSPEND"), /\[DEADLINE\]/);
  t.match(
    line("ASKED"),
    /^1 .*suspend held: ETIMEDOUT \(\/dev\/dm-\d+: read of 4096 bytes at 0: no answer within 2000 ms, so it is not suspended\).*\[DEADLINE\]/,
    "what does not answer a read is not even suspended",
  );
  const { trace = [], suspensions = [] } = JSON.parse(line("RESULT") || "{}");
  t.strictSame(
    trace.map(({ op, device }: Record<string, string>) => `${op} ${device}`),
    ["suspend quiet", "suspend held", "resume quiet"],
  );
  t.equal(suspensions.length, 1);
  t.notMatch(output, /^STATE .*Suspended/m, "what had been suspended goes on, the other one too");
  t.equal(output.match(/^STATE /gm)?.length, 2);
  t.ok(
    Number(line("TOOK")) < 300,
    `all that ended by itself: after ${line("TOOK")} s, where reads and writes take 600`,
  );
  t.notMatch(output, "STILL THERE");
});

/**
 * The delay target holds flushes apart from writes, and lets go what it holds when it is suspended: then the
 * device has answered. `said` waits for the last line on stderr, which only a command that has done
 * everything writes. A loop device over it takes writes into memory and hangs when its cache is to be
 * emptied, as a disk does that cannot write.
 */
const flushes = `
  set -e
  echo '{"common":{"deadlineMs":10000}}' >$TMPDIR/dvm.json
  replicate() { verb=$1; shift; node ${shellQuote(bundle)} replicate -c $TMPDIR/dvm.json $verb $TMPDIR/both.json "$@"; }
  dmsetup create stuck --table "0 32768 linear $DISK1 0"
  if [ $PATH1 = /dev/loop0 ]; then losetup $PATH1 /dev/mapper/stuck; fi
  echo '{"regions":[{"path":"'$DISK0'","offset":4096,"length":2048},{"path":"'$PATH1'","offset":4096,"length":2048}]}' >$TMPDIR/both.json
  swap() {
    dmsetup suspend stuck
    dmsetup load stuck --table "$1"
    dmsetup resume stuck
  }
  said() { until grep -q '\\[[A-Z_]*\\]$' $TMPDIR/said; do sleep 0.2; done; tail -n 1 $TMPDIR/said; }
  hangs() {
    swap "0 32768 delay $DISK1 0 0 $DISK1 0 0 $DISK1 0 600000"
    : >$TMPDIR/said
    node ${shellQuote(bundle)} replicate -c $TMPDIR/dvm.json $1 $TMPDIR/both.json $2 2>$TMPDIR/said >/dev/null &
    echo "SAID $1 $(said)"
    left=$PATIENCE
    while [ $left -gt 0 ] && kill -0 $! 2>/dev/null; do sleep 0.2; left=$((left - 1)); done
    if kill -0 $! 2>/dev/null; then echo "WAITS $1"; fi
    swap "0 32768 linear $DISK1 0"
    got=0
    wait $! || got=$?
    echo "STATUS $1 $got"
    echo "STATE $1 $(replicate status)"
  }
  replicate format >/dev/null
  echo old | replicate prepare - >/dev/null
  replicate commit >/dev/null
  echo new >$TMPDIR/new
  hangs prepare $TMPDIR/new
  replicate prepare $TMPDIR/new >/dev/null
  hangs commit
  replicate commit >/dev/null 2>&1 || echo "COMMIT $?"
  echo "READ $(replicate read -)"
  replicate verify >/dev/null
`;

const tools = ["dm-mod", "dm-delay"];
for (const { how, modules, env, ends } of [
  {
    how: "when written through",
    modules: [...tools, "loop"],
    env: { PATH1: "/dev/loop0", PATIENCE: "300" },
    ends: true,
  },
  {
    // With this driver on the machine no write is taken for durable by itself.
    how: "when flushed",
    modules: [...tools, "dm-writecache"],
    env: { PATH1: "/dev/mapper/stuck", PATIENCE: "5" },
    ends: false,
  },
])
  t.test(`a device that takes writes and does not empty its cache, ${how}`, async (t) => {
    if (!requireKernel(t)) return;
    const disks = emptyDisks(t.testdir({}), 16 * 2 ** 20, "a", "b");
    const { status, output } = await bootUml({ disks, script: flushes, modules, env });
    t.equal(status, 0, "status of the script", { output });
    const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(output)?.[1] ?? "";
    // What was found is flushed before anything is written.
    const isUnchanged = (verb: string) => !ends && verb === "prepare";
    for (const verb of ["prepare", "commit"]) {
      t.match(
        line(`SAID ${verb}`),
        ends
          ? /loop0: write of [0-9]+ bytes at [0-9]+: no answer within 10000 ms.*\[HALF_DONE\]/
          : isUnchanged(verb)
            ? /mapper\/stuck: flush: no answer within 10000 ms; nothing was changed \[DEADLINE\]/
            : /mapper\/stuck: flush: no answer within 10000 ms.*\[HALF_DONE\]/,
        `${verb} says so`,
      );
      const waits = new RegExp(`^WAITS ${verb}$`, "m").test(output);
      t.equal(waits, !ends, ends ? "and ends" : "and is there as long as the device does not answer");
      t.equal(line(`STATUS ${verb}`), isUnchanged(verb) ? "1" : "8", "with the status that it has told");
    }
    t.match(JSON.parse(line("STATE prepare") || "{}"), { state: "clean", txid: 2 });
    const committed = JSON.parse(line("STATE commit") || "{}");
    const txid = ends ? 4 : 3;
    t.match(committed, { state: "clean", regions: [{ active: { txid } }, { active: { txid } }] });
    t.equal(line("READ"), "new");
  });

/**
 * The file system for backups lies on a device that does not answer when it is read, and later never empties
 * its cache, as one on a dead server never answers.
 */
const backups = `
  set -e
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["$DISK0"]},"tm":{"backup":"$TMPDIR/backups"},
   "common":{"deadlineMs":2000,"lockDir":"$TMPDIR/lock","trace":"$TMPDIR/trace"},"dm":{"backend":"sim","state":"$TMPDIR/sim.json"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  dvm() { node ${shellQuote(bundle)} "$@"; }
  dvm init vg $DISK0 --region-size 1M --extent-size 1M
  mkdir $TMPDIR/backups
  dmsetup create stuck --table "0 32768 linear $DISK1 0"
  mke2fs -q -t ext4 /dev/mapper/stuck
  mount -t ext4 /dev/mapper/stuck $TMPDIR/backups
  dvm run vg -- create-lv --name before --size 1M >/dev/null
  [ $(ls $TMPDIR/backups | grep -c json) = 1 ]
  swap() {
    dmsetup suspend --nolockfs stuck
    dmsetup load stuck --table "$1"
    dmsetup resume stuck
  }
  sed 's/"tm":{[^}]*},//' $TMPDIR/dvm.json >$TMPDIR/plain.json
  dvm discover find vg >$TMPDIR/found.json
  kept=$(ls $TMPDIR/backups/*.json)
  sync
  echo 3 >/proc/sys/vm/drop_caches
  swap "0 32768 delay $DISK1 0 600000"
  dvm tm restore $kept -c $TMPDIR/dvm.json --discovery $TMPDIR/found.json >/dev/null 2>$TMPDIR/read &
  until grep -q "no answer" $TMPDIR/read; do sleep 0.2; done
  echo "READ $(cat $TMPDIR/read)"
  dvm run -c $TMPDIR/plain.json vg -- create-lv --name meanwhile --size 1M >/dev/null
  swap "0 32768 linear $DISK1 0"
  got=0
  wait $! || got=$?
  echo "READ STATUS $got"
  swap "0 32768 delay $DISK1 0 0 $DISK1 0 600000 $DISK1 0 600000"
  dvm run vg -- create-lv --name hung --size 1M 2>$TMPDIR/said &
  until grep -q "no backup" $TMPDIR/said; do sleep 0.2; done
  echo "SAID $(cat $TMPDIR/said)"
  # Whether the kernel lets the process go or not, it has no lock.
  sed -i 's/"tm":{[^}]*},//' $TMPDIR/dvm.json
  dvm run vg -- create-lv --name after --size 1M >/dev/null
  echo "LVS $(dvm report vg --columns name --format csv | tr '\\n' ' ')"
  swap "0 32768 linear $DISK1 0"
  got=0
  wait $! || got=$?
  echo "STATUS $got"
`;

t.test("a document on a file system that hangs, and a backup to it", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 16 * 2 ** 20, "a", "b");
  const { status, output } = await bootUml({ disks, script: backups, modules: tools });
  t.equal(status, 0, "status of the script", { output });
  t.match(output, /^SAID no backup of the metadata was kept: .*no answer within 2000 ms$/m);
  t.match(output, /^READ tm restore: .*: cannot read: no answer within 2000 ms \[DEADLINE\]$/m);
  t.match(output, /^READ STATUS 1$/m);
  t.match(
    output,
    /^LVS name before meanwhile hung after *$/m,
    "the change is made, and the next one has the lock",
  );
  t.match(output, /^STATUS 0$/m);
});
