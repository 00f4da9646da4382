/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/applets/contract.test.ts > TAP > discover > help 1`] = `
Usage: discover VERB [ARGUMENTS]

Find the devices of a VG by their labels, and label devices.

Commands:
  discover list                            Show every labelled device
  discover find VG                         Give the discovery document of a VG
  discover add VG DEVICE [OFFSET:LENGTH…]  Label devices as members of a VG
  discover rm VG DEVICE                    Wipe the labels of devices; their regions and data stay
  discover relabel [VG]                    Bring the labels of a VG up to date and mend damaged
                                           copies
  discover resize VG DEVICE                Divide a device anew that has, or shall have, another
                                           size; tm resize uses it
  discover convert                         Write labels that say that a VG changes hands between
                                           LVM2 and dvm; dvm adopt and release use it
  discover clear DEVICE…                   Take off devices of LVM2 what labels a broken-off dvm
                                           adopt or release has left
  discover import-clone VG DEVICE…         Give a copied set of devices new ids, for use beside the
                                           original

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

discover VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover add 1`] = `
Usage: discover add VG DEVICE [OFFSET:LENGTH…] [--new] [--force] [--with DEVICE]… [--regions N]
[--regions-on N] [--region-size SIZE] [--data OFFSET:LENGTH] [--id ID]… [--dry-run] [--generation N]
[--members N] [--vg-id ID] [--devices PATH]…

Label devices as members of a VG.

Regions are sizes or sectors, as in 1M:16M or 2048:32768. Regions and data of the device stay as
they are until dvm resize-pv. With --generation and --members left out, each call counts one change
and the devices that it adds.

Positionals:
  VG             Name (or id, without --new) of the VG                                      [string]
  DEVICE         The device                                                                 [string]
  OFFSET:LENGTH  Regions of the device                                                      [string]

Options:
      --new          The VG does not exist yet                                             [boolean]
      --force        Wipe the signatures of others                                         [boolean]
      --with         Label this device in the same way, all or none                         [string]
      --regions      Place N regions: first, last, second, …                                [string]
      --regions-on   On the first N devices, not on all                                     [string]
      --region-size  How long those are (default 16M)                                       [string]
      --data         Exactly this data area, as a lost label had it                         [string]
      --id           The device's id, as a lost label had it; one for each device           [string]
      --dry-run      Give what would be labelled and how; change nothing                   [boolean]
      --generation   What the labels say of the VG's generation                             [string]
      --members      What they say of the number of its devices                             [string]
      --vg-id        Choose between VGs of one name                                         [string]
  -d, --devices      Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover clear 1`] = `
Usage: discover clear DEVICE…

Take off devices of LVM2 what labels a broken-off dvm adopt or release has left.

Positionals:
  DEVICE  The devices                                                                       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover convert 1`] = `
Usage: discover convert --discovery FILE --decider ID [--head HEX] [--dry-run]

Write labels that say that a VG changes hands between LVM2 and dvm; dvm adopt and release use it.

Only the second copy of each label is written, beside what LVM2 has there. Whose the VG is stays as
it was.

Options:
      --discovery  The VG as dvm has it: exactly its devices get labels                     [string]
      --decider    Id of the device that decides whose the VG is                            [string]
      --head       SHA-256 of what LVM2 is going to have on it at byte 4096 (default: of what it
                   has)                                                                     [string]
      --dry-run    Refuse what would be refused; change nothing                            [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover find 1`] = `
Usage: discover find VG [--vg-id ID] [--devices PATH]…

Give the discovery document of a VG.

Positionals:
  VG  Name or id of the VG                                                                  [string]

Options:
      --vg-id    Choose between VGs of one name                                             [string]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover import-clone 1`] = `
Usage: discover import-clone VG DEVICE… [--name NAME] [--vg-id ID] [--devices PATH]…

Give a copied set of devices new ids, for use beside the original.

Name every device of the copy. It changes labels only; the ids are derived from the old ones, so
that the same call finishes what was interrupted.

Positionals:
  VG      Name or id of the VG that was copied                                              [string]
  DEVICE  The devices of the copy                                                           [string]

Options:
      --name     The copy's name (default: the original's with a number)                    [string]
      --vg-id    Choose between VGs of one name                                             [string]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover list 1`] = `
Usage: discover list [--all] [--devices PATH]…

Show every labelled device.

Options:
      --all      Show every device, and why it is not used                                 [boolean]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover relabel 1`] = `
Usage: discover relabel [VG] [--discovery FILE] [--name NAME] [--generation N] [--members N]
[--converted] [--only ID]… [--vg-id ID] [--devices PATH]…

Bring the labels of a VG up to date and mend damaged copies.

Positionals:
  VG  Name or id of the VG (at least one of VG, --discovery)                                [string]

Options:
      --discovery   Exactly the devices of this document (at least one of VG, --discovery)  [string]
      --name        The VG's new name                                                       [string]
      --generation  What the labels say of the VG's generation                              [string]
      --members     What they say of the number of its devices                              [string]
      --converted   The VG has come from LVM2: the labels stop saying that it does         [boolean]
      --only        Only the labels of these devices                                        [string]
      --vg-id       Choose between VGs of one name                                          [string]
  -d, --devices     Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover resize 1`] = `
Usage: discover resize VG DEVICE [--size SIZE] [--dry-run] [--vg-id ID] [--devices PATH]…

Divide a device anew that has, or shall have, another size; tm resize uses it.

Regions behind the data go to the new end, and the data reaches as far as they leave room. What is
in them has to be there before: tm resize brings it.

Positionals:
  VG      Name or id of the VG                                                              [string]
  DEVICE  Path or id of the device                                                          [string]

Options:
      --size     Its size (default as it is now)                                            [string]
      --dry-run  Give how it would be divided; change nothing                              [boolean]
      --vg-id    Choose between VGs of one name                                             [string]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > discover > help of discover rm 1`] = `
Usage: discover rm VG DEVICE [--with DEVICE]… [--dry-run] [--vg-id ID] [--devices PATH]…

Wipe the labels of devices; their regions and data stay.

Positionals:
  VG      Name or id of the VG                                                              [string]
  DEVICE  Path or id of the device                                                          [string]

Options:
      --with     Wipe the label of this device too                                          [string]
      --dry-run  Refuse what would be refused; change nothing                              [boolean]
      --vg-id    Choose between VGs of one name                                             [string]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmactivate > help 1`] = `
Usage: dmactivate VERB [ARGUMENTS]

Plan how to get from one device-mapper state to another.

Commands:
  dmactivate plan   Programs to prepare, commit and abort a change around a transaction
  dmactivate apply  One program for when no transaction is involved

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

dmactivate VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > dmactivate > help of dmactivate apply 1`] = `
Usage: dmactivate apply --current STATE --desired STATE

One program for when no transaction is involved.

It prepares and commits. What fails while preparing is undone.

Options:
      --current  All dm devices as they are (dmexec state --all)                            [string]
      --desired  Dm devices as they shall be, and the scope in which others shall go        [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmactivate > help of dmactivate plan 1`] = `
Usage: dmactivate plan --current STATE --desired STATE

Programs to prepare, commit and abort a change around a transaction.

prepare changes nothing that a user of a live device can see and exits 0, or undoes its own work and
exits 1. abort undoes a prepare. commit makes the change; when some of it cannot be done it does the
rest and exits 1, and planning again from the new state finishes it. Any of them exits 8 when
something is left half way.

Options:
      --current  All dm devices as they are (dmexec state --all)                            [string]
      --desired  Dm devices as they shall be, and the scope in which others shall go        [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help 1`] = `
Usage: dmexec VERB [ARGUMENTS]

Run programs on device-mapper.

Commands:
  dmexec run PROGRAM     Check a program, execute it and report what it did
  dmexec check PROGRAM   Prove that a program leaves nothing suspended, whatever fails; execute
                         nothing
  dmexec asm TEXT        Make a program of its text
  dmexec disasm PROGRAM  Make the text of a program
  dmexec state           Show the devices of device-mapper

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

dmexec VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help of dmexec asm 1`] = `
Usage: dmexec asm TEXT

Make a program of its text.

What the text may say is in docs/format-program.md. An error names line and column.

Positionals:
  TEXT  The text; - is stdin                                                                [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help of dmexec check 1`] = `
Usage: dmexec check PROGRAM

Prove that a program leaves nothing suspended, whatever fails; execute nothing.

Prints nothing for a program that passes. For another it ends with 2, and says at which instruction,
counted from 0, and with which device something is wrong. docs/format-program.md has the rules.
Names of devices are not looked up.

Positionals:
  PROGRAM  The program; - is stdin                                                          [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help of dmexec disasm 1`] = `
Usage: dmexec disasm PROGRAM

Make the text of a program.

Positionals:
  PROGRAM  The program; - is stdin                                                          [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help of dmexec run 1`] = `
Usage: dmexec run PROGRAM

Check a program, execute it and report what it did.

Ends with 1 when an operation failed and the program had no other way, with 8 when a device is left
suspended. The result says what was done in either case. Only devices whose uuid begins with DVM-
are changed.

Positionals:
  PROGRAM  The program; - is stdin                                                          [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dmexec > help of dmexec state 1`] = `
Usage: dmexec state [--all]

Show the devices of device-mapper.

Options:
      --all  Also those that are not dvm's                                                 [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > dvm > help 1`] = `
Usage: dvm VERB [ARGUMENTS]

The deconstructed volume manager.

Commands:
  dvm init VG DEVICE…           Make a VG of devices: label them, format their regions, write the
                                first metadata
  dvm run VG -- VERB [OPTIONS]  Change a VG in one transaction, live LVs with it
  dvm expand VG DEVICE…         Add devices to a VG, in one transaction
  dvm reduce VG DEVICE…         Take devices that no LV uses out of a VG, in one transaction
  dvm resize-pv VG DEVICE       Take up what a device has grown by, or make it ready to become
                                smaller
  dvm evacuate VG DEVICE        Move everything off a PV, so that it can be taken out of the VG
                                (reduce)
  dvm import-clone VG DEVICE…   Make copies of all devices of a VG a VG of its own, for use beside
                                the original
  dvm remove-vg VG              Take a VG apart: its devices are free again
  dvm adopt VG                  Make a VG of LVM2 dvm's, in place: no data moves
  dvm release VG                Give a VG to LVM2, in place: no data moves
  dvm activate [VG] [LV…]       Bring LVs up: all that are activated by default, or those named
  dvm deactivate [VG] [LV…]     Take LVs down: all, or those named
  dvm report [VG] [WHAT]        Show a VG, its LVs, PVs, segments or dm devices, or those of all VGs
  dvm dump VG                   Write a VG as a document that plan and apply read
  dvm plan FILE                 Tell what it takes to make VGs what a document says, and what
                                becomes of each LV
  dvm apply [FILE]              Make VGs what a document says
  dvm what-if VG WHAT DEVICE…   Tell what would become of LVs without some devices, or with more
  dvm tend [VG]                 Do what is due of a VG, or of all, and end
  dvm scrub VG/LV               Compare the copies of an LV, or its data and parity, and say where
                                they do not agree
  dvm wait VG[/LV]              Wait until copies are in sync, a merge is over, a move has its copy,
                                or a cache is flushed
  dvm events VG                 Tell of each change of a VG as a line of JSON, until it is told to
                                end
  dvm recover VG                Finish or undo an interrupted transaction, then make the live LVs
                                agree with the metadata
  dvm history VG                Tell who made which state of a VG, by which command
  dvm undo VG                   Go back to the state before the last transaction, or to an earlier
                                one
  dvm boot WHAT [DEVICE]        Bring up what a machine boots from, as far as it is there
  dvm rescue-image              Make an initramfs of this executable, with a shell, to look at and
                                copy what is on disks
  dvm export VG/LV DEST         Read an LV's content without a kernel's help, to a file, a disk that
                                nothing uses, or - for stdout
  dvm import VG/LV SOURCE       Write a file, or - for stdin, over an LV's content without a
                                kernel's help
  dvm serve VG[/LV]…            Serve LVs as network block devices (NBD), without a kernel's help,
                                until it is told to end
  dvm doctor                    Look at what dvm depends on and at every VG, changing nothing
  dvm schema NAME               Print the JSON Schema of a document
  dvm completion SHELL          Print what makes a shell complete dvm's commands
  dvm add-pv VG                 Add PVs: one by its id and size, or every device of a discovery
                                document that is none yet
  dvm remove-pv VG              Remove PVs that no LV uses
  dvm missing-pv VG             Go on without PVs: their legs are stale, and nothing new is placed
                                on them
  dvm pv-blocks VG              Take down that PVs have other logical blocks than before
  dvm pv-size VG                Take down how long the data area of a PV is
  dvm create-lv VG[/LV]         Create an LV
  dvm create-pool VG[/LV]       Create a pool, from which thin LVs get their room
  dvm create-thin VG[/LV]       Create a thin LV, which gets room from a pool as it is written
  dvm extend-lv VG[/LV]         Make an LV longer
  dvm reduce-lv VG[/LV]         Make an LV shorter: what is at its end is lost
  dvm mirror VG[/LV]            Keep more or fewer copies of an LV
  dvm leg-state VG              Say of legs that they are stale, to be rebuilt, or current
  dvm move VG[/LV]              Move an LV, or its copies, from a PV to others
  dvm convert VG[/LV]           Make an LV one of another type, while it is in use
  dvm repair VG[/LV]            Put new legs in the places of those that are stale, or of one that
                                is named
  dvm snapshot VG[/LV]          Keep what an LV holds now, as an LV of its own
  dvm merge VG[/LV]             Give an LV back what it held when a snapshot of it was taken
  dvm cache VG[/LV]             Keep a part of an LV on faster PVs, while it is in use
  dvm uncache VG[/LV]           Flush the cache of an LV, and let it go
  dvm remove-lv VG[/LV]         Remove an LV
  dvm rename-lv VG[/LV]         Give an LV another name
  dvm rename-vg VG              Give the VG another name
  dvm tag VG[/LV]               Add and remove tags of LVs, of PVs, or of the VG when neither is
                                named
  dvm policy VG                 Say what dvm tend may do without being asked
  dvm converge VG FILE          Make a VG what a document says it shall be, all changes or none
  dvm batch VG FILE             Make many changes, all or none

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

dvm APPLET ARGUMENTS runs one of the tools alone (--list names them):
  discover     Find the devices of a VG by their labels, and label devices
  replicate    Keep the same bytes in many disk regions, in all of them or in none
  tm           Read and change the metadata of a VG in transactions that take device-mapper along
  manip        Change the metadata of a VG
  volactivate  Bring device-mapper along with the metadata of a VG
  dmactivate   Plan how to get from one device-mapper state to another
  dmexec       Run programs on device-mapper
  report       Show what metadata, devices and device-mapper tell of a VG
  lvm2         Read volume groups of LVM2, without LVM2, and make them dvm's and LVM2's again

dvm VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm activate 1`] = `
Usage: dvm activate [VG] [LV…] [--all] [--partial] [--degraded] [--devices PATH]… [--dry-run]

Bring LVs up: all that are activated by default, or those named.

Positionals:
  VG  The VG's name or id (one of VG, --all)                                                [string]
  LV  Names or ids of LVs                                                                   [string]

Options:
      --all       Every VG; one that fails does not keep the others from it (one of VG, --all)
                                                                                           [boolean]
      --partial   Bring up what is not whole too, read-only, with errors for what is missing
                                                                                           [boolean]
      --degraded  Bring up LVs without their stale legs                                    [boolean]
  -d, --devices   Look at this device instead of those the config or the OS names           [string]
      --dry-run   Print the plan, as JSON; change nothing                                  [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm activate vg0
  dvm activate vg0 root home
  dvm activate --all

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm add-pv 1`] = `
Usage: dvm add-pv VG [--id ID] [--size SIZE] [--block-size SIZE] [--discovery FILE] [--tag TAG]…
[--devices PATH]… [--dry-run] [--no-activate]

Add PVs: one by its id and size, or every device of a discovery document that is none yet.

The same as \`dvm run VG -- add-pv\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --id           The device's id (one of --id, --discovery; with --size)                [string]
      --size         Size of its data area (with --id)                                      [string]
      --block-size   Its logical block size, when it is named by --id (default 512b) (with --id)
                                                                                            [string]
      --discovery    Add its devices (one of --id, --discovery)                             [string]
      --tag          Tag of the new PVs                                                     [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm add-pv vg0 --discovery where.json
  dvm add-pv vg0 --discovery where.json --tag fast
  dvm add-pv vg0 --id 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a --size 100G

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm adopt 1`] = `
Usage: dvm adopt VG [--devices PATH]… [--dry-run]

Make a VG of LVM2 dvm's, in place: no data moves.

LVs that are live stay so, under LVM2's names, until they are taken down once. What cannot be
adopted is refused with every reason, before anything is written. What was interrupted, the same
call finishes, and dvm release undoes.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Print the plan, as JSON; change nothing                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm adopt vg0
  dvm adopt vg0 --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm apply 1`] = `
Usage: dvm apply [FILE] [--plan FILE] [--allow WHAT]… [--json] [--devices PATH]…

Make VGs what a document says.

What is so already is left alone, and so is what the document does not name; done twice, the second
time changes nothing. Nothing shrinks, goes or is wiped unless --allow says so. What was cut off,
the same call finishes. VGs go one after the other, in the order of their ids; one that fails does
not keep the others from it.

Positionals:
  FILE  How VGs shall be (one of DESIRED, --plan)                                           [string]

Options:
      --plan     Carry out this plan, unless a VG has changed since it was made (one of DESIRED,
                 --plan)                                                                    [string]
      --allow    What may be lost: shrink:VG/LV, remove:VG/LV, or wipe:DEVICE for what is on a
                 device that is added                                                       [string]
      --json     Give a document (applied) instead of text                                 [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm apply wanted.json
  dvm apply less.json --allow remove:vg0/swap --json
  dvm apply --plan plan.json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm batch 1`] = `
Usage: dvm batch VG FILE [--devices PATH]… [--dry-run] [--no-activate]

Make many changes, all or none.

The same as \`dvm run VG -- batch\`, paths of devices for ids of PVs included.

Positionals:
  VG    The VG's name or id                                                                 [string]
  FILE  The changes                                                                         [string]

Options:
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm batch vg0 changes.json
  dvm batch vg0 changes.json --trace steps

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm boot 1`] = `
Usage: dvm boot WHAT [DEVICE] [--for DEVICE] [--grace S] [--degraded]

Bring up what a machine boots from, as far as it is there.

scan looks for every VG, arrive for that of one device that has just come, stop takes down what is
not in use, modules prints the kernel modules that LVs may need, for who makes an initramfs. Else
nothing is printed when all is well, and a line for each problem otherwise, once. LVs that lack
something wait for the grace time and then come up by the policy; docs/boot.md says how, and what
the kernel's command line may say. A call never waits for a device.

Positionals:
  WHAT    scan, arrive, stop or modules                                                     [string]
  DEVICE  With arrive: the device that has come                                             [string]

Options:
      --for       With scan: fail (4) when this device is not there then                    [string]
      --grace     Seconds from the last arrival (default 30)                                [string]
      --degraded  The grace time is over                                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm boot scan
  dvm boot arrive /dev/sdb
  dvm boot stop

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm cache 1`] = `
Usage: dvm cache VG[/LV] [--name NAME] [--size SIZE] [--extents N] [--pv PV]… [--kind KIND] [--mode
MODE] [--chunk-size SIZE] [--policy POLICY] [--set SETTING]… [--devices PATH]… [--dry-run]
[--no-activate]

Keep a part of an LV on faster PVs, while it is in use.

The size is that of the cache. In mode writethrough all that is written goes to the LV's own PVs as
well, so that the cache can be lost; in writeback the LV is lost with it. Kind writecache keeps only
what was written lately, and is always needed. uncache ends both. The same as \`dvm run VG -- cache\`,
paths of devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --size         Size, as 10G; rounded up to whole extents (one of --size, --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (one of --size, --extents)          [string]
      --pv           Faster PV, named by id or tag                                          [string]
      --kind         cache or writecache: what is used often (the default), or what was written
                     lately                                                                 [string]
      --mode         Writes go to both (writethrough, the default), to the cache first, or past it
                                                                                            [string]
      --chunk-size   What is cached at a time: a multiple of 32k up to 1G (default: 64k, larger in
                     large caches)                                                          [string]
      --policy       What decides on which chunks are cached: smq (the default) or mq       [string]
      --set          A setting of the kernel's, as NAME=NUMBER                              [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm cache vg0/swap --size 16M --pv fast
  dvm cache vg0/swap --size 32M --pv fast --mode writeback --chunk-size 128k --set
  migration_threshold=4096
  dvm cache vg0/swap --size 16M --pv fast --kind writecache --set high_watermark=60

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm completion 1`] = `
Usage: dvm completion SHELL

Print what makes a shell complete dvm's commands.

For bash: source <(dvm completion bash).

Positionals:
  SHELL  bash, zsh or fish                                                                  [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm completion bash
  dvm completion fish

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm converge 1`] = `
Usage: dvm converge VG FILE [--discovery FILE] [--allow WHAT]… [--frees-only] [--devices PATH]…
[--dry-run] [--no-activate]

Make a VG what a document says it shall be, all changes or none.

What it is already is not changed. compare tells what it would do. The same as \`dvm run VG --
converge\`, paths of devices for ids of PVs included.

Positionals:
  VG    The VG's name or id                                                                 [string]
  FILE  How it shall be                                                                     [string]

Options:
      --discovery    Where the paths in it lead; devices of it that are no PVs yet become some
                                                                                            [string]
      --allow        What may be lost: shrink:VG/LV or remove:VG/LV                         [string]
      --frees-only   Only what frees extents: others are taken by a later change           [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm converge vg0 wanted.json
  dvm converge vg0 desired.json --discovery where.json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm convert 1`] = `
Usage: dvm convert VG[/LV] [--name NAME] [--type TYPE] [--stripes N] [--stripe-size SIZE] [--mirrors
N] [--region-size SIZE] [--policy POLICY] [--pv PV]… [--allow-mixed-blocks] [--finish] [--abort]
[--devices PATH]… [--dry-run] [--no-activate]

Make an LV one of another type, while it is in use.

All of it is copied to free extents, as what it shall be. --finish ends that once the copy is
complete; until then --abort gives it up, and both may be had at any time, whatever was stopped or
failed in between. The same as \`dvm run VG -- convert\`, paths of devices for ids of PVs included;
VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name                The LV's name or id                                             [string]
      --type                What it shall be: linear, striped, raid0, raid1, raid4, raid5, raid6 or
                            raid10 (one of --type, --finish, --abort)                       [string]
      --stripes             Spread it over N PVs, besides those of parity and copies        [string]
      --stripe-size         How much goes to one stripe at a time (default 64k)             [string]
      --mirrors             Keep N extra copies                                             [string]
      --region-size         raid: the unit of resynchronisation (default 2M)                [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --finish              End it: the old copy goes (one of --type, --finish, --abort)   [boolean]
      --abort               Give it up: the new copy goes (one of --type, --finish, --abort)
                                                                                           [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm convert vg0/root --type raid5 --stripes 2
  dvm convert vg0/root --type striped --stripes 2 --stripe-size 128k
  dvm convert vg0/root --finish

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm create-lv 1`] = `
Usage: dvm create-lv VG[/LV] [--name NAME] [--size SIZE] [--extents N] [--type TYPE] [--stripes N]
[--stripe-size SIZE] [--mirrors N] [--region-size SIZE] [--policy POLICY] [--pv PV]…
[--allow-mixed-blocks] [--tag TAG]… [--read-only] [--inactive] [--devices PATH]… [--dry-run]
[--no-activate]

Create an LV.

The same as \`dvm run VG -- create-lv\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name                The LV's name                                                   [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents)
                                                                                            [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents)   [string]
      --type                linear, striped, raid0, raid1, raid4, raid5, raid6 or raid10 (default:
                            as --stripes and --mirrors say)                                 [string]
      --stripes             Spread it over N PVs, besides those of parity and copies        [string]
      --stripe-size         How much goes to one stripe at a time (default 64k)             [string]
      --mirrors             Keep N extra copies                                             [string]
      --region-size         raid: the unit of resynchronisation (default 2M)                [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --tag                 Tag of the LV                                                   [string]
      --read-only           Make it read-only                                              [boolean]
      --inactive            Activate it only when it is named                              [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm create-lv vg0/data --size 64M
  dvm create-lv vg0/db --size 32M --type raid1 --mirrors 1 --tag important
  dvm create-lv vg0/scratch --extents 50%FREE --stripes 2 --pv fast --pv slow

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm create-pool 1`] = `
Usage: dvm create-pool VG[/LV] [--name NAME] [--size SIZE] [--extents N] [--meta-size SIZE]
[--chunk-size SIZE] [--no-zero] [--discards WHAT] [--when-full WHAT] [--stripes N] [--stripe-size
SIZE] [--policy POLICY] [--pv PV]… [--meta-pv META-PV]… [--tag TAG]… [--inactive] [--devices PATH]…
[--dry-run] [--no-activate]

Create a pool, from which thin LVs get their room.

The size is that of its data. Beside it there is metadata, in which the kernel keeps which chunk is
whose: 64 bytes for each chunk unless --meta-size says otherwise, and at least 2 MiB. A pool whose
data or metadata are full takes nothing new: extend-lv makes both longer. The same as \`dvm run VG --
create-pool\`, paths of devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The pool's name                                                        [string]
      --size         Size, as 10G; rounded up to whole extents (one of --size, --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (one of --size, --extents)          [string]
      --meta-size    Size of its metadata                                                   [string]
      --chunk-size   What a thin LV gets at a time: a multiple of 64k up to 1G (default: 64k, larger
                     in large pools)                                                        [string]
      --no-zero      Chunks may show what an earlier LV had in them                        [boolean]
      --discards     Discards free chunks, and disks are told of it (the default), or are not, or
                     are ignored                                                            [string]
      --when-full    Writes that find no room wait for a minute (queue, the default), or fail at
                     once                                                                   [string]
      --stripes      Spread it over N PVs, besides those of parity and copies               [string]
      --stripe-size  How much goes to one stripe at a time (default 64k)                    [string]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --meta-pv      PV for its metadata, named by id or tag                                [string]
      --tag          Tag of the LV                                                          [string]
      --inactive     Activate it only when it, or a thin LV of it, is named                [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm create-pool vg0/pool --size 64M
  dvm create-pool vg0/fast --size 32M --pv fast --meta-size 4M --chunk-size 128k --when-full error
  dvm create-pool vg0/wide --extents 50%FREE --stripes 2 --no-zero

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm create-thin 1`] = `
Usage: dvm create-thin VG[/LV] --pool LV [--name NAME] [--size SIZE] [--extents N] [--tag TAG]…
[--read-only] [--inactive] [--devices PATH]… [--dry-run] [--no-activate]

Create a thin LV, which gets room from a pool as it is written.

Its size takes nothing of the VG, and may be larger than the pool. What has never been written reads
as zeroes. The same as \`dvm run VG -- create-thin\`, paths of devices for ids of PVs included; VG/LV
stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --pool         The pool's name or id                                                  [string]
      --name         The LV's name                                                          [string]
      --size         Size, as 10G; rounded up to whole extents (one of --size, --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (one of --size, --extents)          [string]
      --tag          Tag of the LV                                                          [string]
      --read-only    Make it read-only                                                     [boolean]
      --inactive     Activate it only when it is named                                     [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm create-thin vg0/mail --pool thin --size 1G
  dvm create-thin vg0/web --pool thin --size 10T --inactive

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm deactivate 1`] = `
Usage: dvm deactivate [VG] [LV…] [--all] [--devices PATH]… [--dry-run]

Take LVs down: all, or those named.

All of them go down even when no label of the VG is there any more: their dm devices say whose they
are.

Positionals:
  VG  The VG's name or id (one of VG, --all)                                                [string]
  LV  Names or ids of LVs                                                                   [string]

Options:
      --all      Every VG; one that fails does not keep the others from it (one of VG, --all)
                                                                                           [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Print the plan, as JSON; change nothing                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm deactivate vg0
  dvm deactivate vg0 swap
  dvm deactivate --all --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm doctor 1`] = `
Usage: dvm doctor [--json] [--devices PATH]…

Look at what dvm depends on and at every VG, changing nothing.

Ends with 3 when it finds a problem.

Options:
      --json     Give a document (findings), with a stable code for each finding           [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm doctor
  dvm doctor --json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm dump 1`] = `
Usage: dvm dump VG [--devices PATH]…

Write a VG as a document that plan and apply read.

Applied to the same VG it changes nothing. Without its ids it makes another VG like it.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm dump vg0
  dvm dump vg0 > desired.json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm evacuate 1`] = `
Usage: dvm evacuate VG DEVICE [--to PV]… [--devices PATH]… [--dry-run]

Move everything off a PV, so that it can be taken out of the VG (reduce).

LVs stay in use and are copied as by \`manip move\`: a transaction begins all moves, and when the
copies are in sync another ends them. What does not fit, and LVs that are down, are refused before
anything moves. What was interrupted, the same call finishes.

Positionals:
  VG      The VG's name or id                                                               [string]
  DEVICE  Path or id of the device that is left                                             [string]

Options:
      --to       Move to this PV (path, id or tag); else to any                             [string]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Print the plan, as JSON; change nothing                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm evacuate vg0 /dev/sdd
  dvm evacuate vg0 /dev/sdb --to /dev/sdd --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm events 1`] = `
Usage: dvm events VG [--interval SECONDS] [--devices PATH]…

Tell of each change of a VG as a line of JSON, until it is told to end.

It looks once a second, or as --interval says, and locks nothing. Each line has the time
(milliseconds since 1970), the event (watching, added, removed, changed, unreadable, readable), and
of rows of a report the subject (vg, pv, lv), id, name and what each changed column was and is.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --interval  Seconds from one look to the next                                         [string]
  -d, --devices   Look at this device instead of those the config or the OS names           [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm events vg0
  dvm events vg0 --interval 60

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm expand 1`] = `
Usage: dvm expand VG DEVICE… [--regions N] [--region-size SIZE] [--tag TAG]… [--force] [--devices
PATH]… [--dry-run]

Add devices to a VG, in one transaction.

Positionals:
  VG      The VG's name or id                                                               [string]
  DEVICE  Block devices or image files                                                      [string]

Options:
      --regions      Regions on each device (default 1, while fewer than 16 devices have any)
                                                                                            [string]
      --region-size  Size of each region (default as the VG's shortest)                     [string]
      --tag          Tag of the new PVs                                                     [string]
      --force        Wipe what is on the devices                                           [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm expand vg0 /dev/sde
  dvm expand vg0 /dev/sde /dev/sdf --tag fast
  dvm expand vg0 /dev/sdf --force --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm export 1`] = `
Usage: dvm export VG/LV DEST [--force] [--devices PATH]…

Read an LV's content without a kernel's help, to a file, a disk that nothing uses, or - for stdout.

Positionals:
  VG/LV  The LV                                                                             [string]
  DEST   A file, a disk, or -                                                               [string]

Options:
      --force    Over what is on the disk, or over a disk's image                          [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm export vg0/root root.image
  dvm export vg0/root /dev/sdf --force

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm extend-lv 1`] = `
Usage: dvm extend-lv VG[/LV] [--name NAME] [--size SIZE] [--extents N] [--meta SIZE] [--policy
POLICY] [--pv PV]… [--allow-mixed-blocks] [--devices PATH]… [--dry-run] [--no-activate]

Make an LV longer.

With + the amount is added, without it is the new size; N%FREE can only be added. Of an LV that
moves or becomes another type both what it was and what it becomes get longer. Of a snapshot it is
the store, of a pool the data, or with --meta the metadata. The same as \`dvm run VG -- extend-lv\`,
paths of devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name                The LV's name or id                                             [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents,
                            --meta)                                                         [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents, --meta)
                                                                                            [string]
      --meta                Of a pool: size of its metadata, as --size has it (one of --size,
                            --extents, --meta)                                              [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm extend-lv vg0/root --size 64M --pv fast
  dvm extend-lv vg0/home --extents +50%FREE
  dvm extend-lv vg0/thin --meta +4M

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm history 1`] = `
Usage: dvm history VG [--json] [--devices PATH]…

Tell who made which state of a VG, by which command.

Newest first, as far as the regions still hold them. uid is whoever ran the command, login who had
logged in. \`undo --to\` goes back to any of them.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --json     Give a document (tm-history) instead of text                              [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm history vg0
  dvm history vg0 --json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm import 1`] = `
Usage: dvm import VG/LV SOURCE [--devices PATH]…

Write a file, or - for stdin, over an LV's content without a kernel's help.

Positionals:
  VG/LV   The LV                                                                            [string]
  SOURCE  A file, or -                                                                      [string]

Options:
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm import vg0/root root.image
  dvm import vg0/swap - < root.image

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm import-clone 1`] = `
Usage: dvm import-clone VG DEVICE… [--name NAME] [--devices PATH]…

Make copies of all devices of a VG a VG of its own, for use beside the original.

It gets new ids and another name. What was interrupted, the same call finishes.

Positionals:
  VG      The VG's name or id                                                               [string]
  DEVICE  Every device of the copy                                                          [string]

Options:
      --name     The copy's name (default: the original's with a number)                    [string]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm import-clone vg0 /dev/sde /dev/sdf /dev/sdg
  dvm import-clone vg0 /dev/sde /dev/sdf /dev/sdg --name backup

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm init 1`] = `
Usage: dvm init VG DEVICE… [--regions N] [--region-size SIZE] [--extent-size SIZE] [--force]
[--dry-run]

Make a VG of devices: label them, format their regions, write the first metadata.

Every device gets two regions for the metadata while the VG has fewer than four devices, else the
first sixteen get one each.

Positionals:
  VG      The new VG's name                                                                 [string]
  DEVICE  Block devices or image files                                                      [string]

Options:
      --regions      How many devices get one region each: a number, or all                 [string]
      --region-size  Size of each region (default 16M)                                      [string]
      --extent-size  Size of an extent (default 4M)                                         [string]
      --force        Wipe what is on the devices                                           [boolean]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm init vg1 /dev/sde /dev/sdf
  dvm init vg1 /dev/sde --extent-size 1M
  dvm init vg1 /dev/sde /dev/sdf --force --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm leg-state 1`] = `
Usage: dvm leg-state VG --leg LV/NUMBER… --state STATE [--devices PATH]… [--dry-run] [--no-activate]

Say of legs that they are stale, to be rebuilt, or current.

A stale leg takes no part: it has failed, or missed writes. One that is to be rebuilt gets the data
of the others and is read once it has it; current then says that it does. Whether it may, the live
LV tells. The same as \`dvm run VG -- leg-state\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --leg          The leg: its LV's name or id, and its number in the names of its dm devices
                                                                                            [string]
      --state        stale, rebuild or current                                              [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm leg-state vg0 --leg home/1 --state stale
  dvm leg-state vg0 --leg home/0 --state stale

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm merge 1`] = `
Usage: dvm merge VG[/LV] [--name NAME] [--later] [--force] [--finish] [--abort] [--devices PATH]…
[--dry-run] [--no-activate]

Give an LV back what it held when a snapshot of it was taken.

What was written to the snapshot counts too. Neither of the two may be in use when it begins; from
then on the origin shows the result, and nothing leads back. The kernel copies in the meantime;
--finish then lets the snapshot go, once all of it is where it belongs. With --later it begins when
the VG is next activated, until when --abort gives it up. The same as \`dvm run VG -- merge\`, paths
of devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The snapshot's name or id                                              [string]
      --later        Begin when its origin next comes up (conflicts with --finish, --abort)[boolean]
      --force        Even if other snapshots of the origin may overflow, and be lost       [boolean]
      --finish       End it: the snapshot goes (conflicts with --later, --abort)           [boolean]
      --abort        Give it up, which works only until it has begun (conflicts with --later,
                     --finish)                                                             [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm merge vg0/before
  dvm merge vg0/before --later
  dvm merge vg0/before --finish

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm mirror 1`] = `
Usage: dvm mirror VG[/LV] [--name NAME] [--mirrors N] [--synced] [--policy POLICY] [--pv PV]…
[--region-size SIZE] [--devices PATH]… [--dry-run] [--no-activate]

Keep more or fewer copies of an LV.

New copies are marked for rebuilding, and are read only once they are complete; --synced then says
so. Copies that are not current go first; --pv names the PVs that get the new ones, or lose theirs.
The same as \`dvm run VG -- mirror\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --mirrors      Keep N extra copies; 0 for none (one of --mirrors, --synced)           [string]
      --synced       The copies that were being rebuilt are complete (one of --mirrors, --synced)
                                                                                           [boolean]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --region-size  The unit of resynchronisation of a new raid1 (default 2M)              [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm mirror vg0/root --mirrors 1
  dvm mirror vg0/home --mirrors 2 --pv spare
  dvm mirror vg0/home --mirrors 0

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm missing-pv 1`] = `
Usage: dvm missing-pv VG --pv PV… [--returned] [--devices PATH]… [--dry-run] [--no-activate]

Go on without PVs: their legs are stale, and nothing new is placed on them.

A leg is stale once the others have been written without it. An LV that has no other current leg
stays as it is, and incomplete. With --returned the PVs are back: their stale legs are to be rebuilt
from the others. The same as \`dvm run VG -- missing-pv\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --pv           The PV's id, or a tag of several                                       [string]
      --returned     They are there again                                                  [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm missing-pv vg0 --pv fast
  dvm missing-pv vg0 --pv fast --returned

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm move 1`] = `
Usage: dvm move VG[/LV] [--name NAME] [--from PV] [--to PV]… [--policy POLICY] [--region-size SIZE]
[--allow-mixed-blocks] [--finish] [--abort] [--devices PATH]… [--dry-run] [--no-activate]

Move an LV, or its copies, from a PV to others.

The whole LV is copied, or of a raid1 the whole leg, even if only a part lies on the PV. It stays in
use; --finish ends the move once the copy is complete. The same as \`dvm run VG -- move\`, paths of
devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name                The LV's name or id                                             [string]
      --from                The PV to leave, by id or tag (one of --from, --finish, --abort)[string]
      --to                  Move to this PV, by id or tag; else to any                      [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --region-size         The unit of resynchronisation of a new raid1 (default 2M)       [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --finish              End the move: the old copy goes (one of --from, --finish, --abort)
                                                                                           [boolean]
      --abort               Give the move up: the new copy goes (one of --from, --finish, --abort)
                                                                                           [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm move vg0/root --from fast
  dvm move vg0/root --from fast --to slow
  dvm move vg0/root --finish

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm plan 1`] = `
Usage: dvm plan FILE [--allow WHAT]… [--json] [--devices PATH]…

Tell what it takes to make VGs what a document says, and what becomes of each LV.

Changes nothing. What it gives with --json, programs for dm included, can be kept, and carried out
by \`dvm apply --plan\` as long as no VG has changed since.

Positionals:
  FILE  How VGs shall be                                                                    [string]

Options:
      --allow    What may be lost: shrink:VG/LV, remove:VG/LV, or wipe:DEVICE for what is on a
                 device that is added                                                       [string]
      --json     Give a document (applied) instead of text                                 [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm plan wanted.json
  dvm plan wanted.json --json > plan.json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm policy 1`] = `
Usage: dvm policy VG [--replace REPLACE] [--extend-at PERCENT] [--extend-by PERCENT] [--keep-free
SIZE] [--devices PATH]… [--dry-run] [--no-activate]

Say what dvm tend may do without being asked.

--replace free: a leg that has failed, or whose devices are away for longer than the grace time,
gets a new one in its place, on free extents of other PVs. never, as it is until something is said:
nobody but a person does that, by repair. --extend-at: stores of snapshots get longer when so much
of them is taken, by --extend-by of what they have; pools too, and their metadata. --keep-free:
nothing gets longer so that less than that is free. The same as \`dvm run VG -- policy\`, paths of
devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --replace      Legs that have failed or are away: never, or by free extents (at least one of
                     --replace, --extend-at, --extend-by, --keep-free)                      [string]
      --extend-at    Percent from which on a store gets longer; 100 for never (80 until it is said)
                     (at least one of --replace, --extend-at, --extend-by, --keep-free)     [string]
      --extend-by    Percent by which it does (20 until it is said) (at least one of --replace,
                     --extend-at, --extend-by, --keep-free)                                 [string]
      --keep-free    What stays free (until it is said: nothing, and with --replace free room for
                     the largest leg) (at least one of --replace, --extend-at, --extend-by,
                     --keep-free)                                                           [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm policy vg0 --replace free --keep-free 20G
  dvm policy vg0 --replace never
  dvm policy vg0 --extend-at 70 --extend-by 50

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm pv-blocks 1`] = `
Usage: dvm pv-blocks VG --pv PV… --block-size SIZE [--allow-mixed-blocks] [--devices PATH]…
[--dry-run] [--no-activate]

Take down that PVs have other logical blocks than before.

For a disk whose content was copied to one with other sectors. The LVs on it get other blocks, and
what was made for the old ones, a file system or a partition table, may be of no use with them. The
same as \`dvm run VG -- pv-blocks\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --pv                  The PV's id, or a tag of several                                [string]
      --block-size          Its logical block size now                                      [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm pv-blocks vg0 --pv spare --block-size 4k
  dvm pv-blocks vg0 --pv spare --pv old --block-size 4k

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm pv-size 1`] = `
Usage: dvm pv-size VG --pv PV [--size SIZE] [--discovery FILE] [--devices PATH]… [--dry-run]
[--no-activate]

Take down how long the data area of a PV is.

It gets extents at its end, or gives up those that no LV has. dvm resize-pv does that, and divides
the device anew. The same as \`dvm run VG -- pv-size\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --pv           The PV's id, or a tag of it                                            [string]
      --size         Size of its data area (one of --size, --discovery)                     [string]
      --discovery    As long as the data area of its device (one of --size, --discovery)    [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm pv-size vg0 --pv spare --size 128M
  dvm pv-size vg0 --pv spare --discovery where.json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm recover 1`] = `
Usage: dvm recover VG [--without DEVICE]… [--resync DEVICE]… [--choose TXID[:HASH]] [--dry-run]
[--devices PATH]…

Finish or undo an interrupted transaction, then make the live LVs agree with the metadata.

--without, --resync and --choose decide what nobody but a person can: to go on without devices, to
take devices back that were away, or which state of a split brain is the VG's. \`dvm doctor\` tells of
them.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --without  Go on without this device (path or id), or all that are \`missing\` (conflicts with
                 --resync, --choose, --dry-run)                                             [string]
      --resync   Bring this device (path or id) up to date (conflicts with --without, --choose,
                 --dry-run)                                                                 [string]
      --choose   Make this state the VG's, as tm verify lists them (conflicts with --without,
                 --resync, --dry-run)                                                       [string]
      --dry-run  Tell what each of these would lose; change nothing (conflicts with --without,
                 --resync, --choose)                                                       [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm recover vg0 --dry-run
  dvm recover vg0 --without missing
  dvm recover vg0 --resync /dev/sdd

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm reduce 1`] = `
Usage: dvm reduce VG DEVICE… [--devices PATH]… [--dry-run]

Take devices that no LV uses out of a VG, in one transaction.

Positionals:
  VG      The VG's name or id                                                               [string]
  DEVICE  Paths or ids of devices                                                           [string]

Options:
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Print the plan, as JSON; change nothing                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm reduce vg0 /dev/sdd
  dvm reduce vg0 /dev/sdd --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm reduce-lv 1`] = `
Usage: dvm reduce-lv VG[/LV] [--name NAME] [--size SIZE] [--extents N] [--allow-mixed-blocks]
[--devices PATH]… [--dry-run] [--no-activate]

Make an LV shorter: what is at its end is lost.

With - the amount is taken away, without it is the new size. The same as \`dvm run VG -- reduce-lv\`,
paths of devices for ids of PVs included; VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name                The LV's name or id                                             [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents)
                                                                                            [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents)   [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, get other blocks: those of the PVs
                            that are left                                                  [boolean]
  -d, --devices             Look at this device instead of those the config or the OS names [string]
      --dry-run             Print the plan, as JSON; change nothing                        [boolean]
      --no-activate         Touch no dm device                                             [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm reduce-lv vg0/root --size -8M
  dvm reduce-lv vg0/root --size 16M

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm release 1`] = `
Usage: dvm release VG [--devices PATH]… [--dry-run]

Give a VG to LVM2, in place: no data moves.

One that was adopted gets back the ids that it had. LVs that dvm has brought up have to be down;
those that are live as LVM2 made them stay so. What was interrupted, the same call finishes, and dvm
adopt undoes; on a VG that is LVM2's it takes away what an adoption has left.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Refuse what would be refused; change nothing                              [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm release vg0
  dvm release vg0 --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm remove-lv 1`] = `
Usage: dvm remove-lv VG[/LV] [--name NAME] [--with-users] [--devices PATH]… [--dry-run]
[--no-activate]

Remove an LV.

The same as \`dvm run VG -- remove-lv\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --with-users   Remove all LVs that are built on it, too: its snapshots, or the thin LVs of a
                     pool                                                                  [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm remove-lv vg0/swap
  dvm remove-lv vg0/root
  dvm remove-lv vg0/home --with-users

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm remove-pv 1`] = `
Usage: dvm remove-pv VG --pv PV… [--devices PATH]… [--dry-run] [--no-activate]

Remove PVs that no LV uses.

The same as \`dvm run VG -- remove-pv\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --pv           The PV's id, or a tag of several                                       [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm remove-pv vg0 --pv spare
  dvm remove-pv vg0 --pv spare --pv old

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm remove-vg 1`] = `
Usage: dvm remove-vg VG [--force] [--devices PATH]…

Take a VG apart: its devices are free again.

Refused while an LV is live, and without --force while there are LVs. What was interrupted, the same
call finishes.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --force    With its LVs; also when devices are missing, which keep their labels      [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm remove-vg vg0
  dvm remove-vg vg0 --force

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm rename-lv 1`] = `
Usage: dvm rename-lv VG[/LV] [--name NAME] --to NAME [--devices PATH]… [--dry-run] [--no-activate]

Give an LV another name.

The same as \`dvm run VG -- rename-lv\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --to           Its new name                                                           [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm rename-lv vg0/root --to system
  dvm rename-lv vg0/home --to users

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm rename-vg 1`] = `
Usage: dvm rename-vg VG --to NAME [--devices PATH]… [--dry-run] [--no-activate]

Give the VG another name.

The same as \`dvm run VG -- rename-vg\`, paths of devices for ids of PVs included.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --to           Its new name                                                           [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm rename-vg vg0 --to vg1
  dvm rename-vg vg0 --to backup

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm repair 1`] = `
Usage: dvm repair VG[/LV] [--name NAME] [--leg NUMBER] [--policy POLICY] [--pv PV]… [--devices
PATH]… [--dry-run] [--no-activate]

Put new legs in the places of those that are stale, or of one that is named.

A new leg lies on free extents of other PVs, is rebuilt from the legs that are left, and is read
once it is in sync; the old one goes. A leg whose disk is well again is brought up to date where it
is, by dvm recover: that copies less. Of a live LV no leg is replaced that is sound: leg-state
--state stale says before that it is not to be trusted, and move copies it elsewhere without that.
The same as \`dvm run VG -- repair\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --leg          The number of a leg in the names of its dm devices; else every stale one
                                                                                            [string]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm repair vg0/home
  dvm repair vg0/home --leg 1
  dvm repair vg0/home --leg 1 --pv spare

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm report 1`] = `
Usage: dvm report [VG] [WHAT] [--format FORMAT] [--columns COLUMNS] [--select CONDITION] [--sort
SORT] [--devices PATH]…

Show a VG, its LVs, PVs, segments or dm devices, or those of all VGs.

Without a VG there is a row for each of all VGs; \`lv\`, \`pv\`, \`seg\` or \`dm\` in place of one shows
those of all VGs, with a column for the VG (a VG of such a name is named by its id, or with what is
to be shown behind it). What the options say stands in \`report --help\`.

Positionals:
  VG    The VG's name or id; or lv, pv, seg or dm, of all VGs                               [string]
  WHAT  One of vg, lv, pv, seg, dm (default lv)                                             [string]

Options:
      --format   table (default), json, csv, prometheus, tree, map, svg or html             [string]
      --columns  Which columns, separated by commas; all, or help to list them              [string]
      --select   Which rows, as in 'size>=1G && state=active'                               [string]
      --sort     By which columns, separated by commas, - before a name for descending      [string]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm report
  dvm report vg0
  dvm report vg0 lv --columns name,size,sync --format json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm rescue-image 1`] = `
Usage: dvm rescue-image --output FILE [--kernel KERNEL] [--modules DIR] [--with FILE]… [--force]

Make an initramfs of this executable, with a shell, to look at and copy what is on disks.

A boot loader starts it as any initramfs, with the kernel whose modules are in it. It brings up the
LVs of which that writes nothing, makes no transaction, and leaves the rest to the person at its
shell (docs/boot.md). It is packed with gzip. busybox has to be installed.

Options:
  -o, --output   The image                                                                  [string]
      --kernel   Release of the kernel that will run it (default: the running one)          [string]
      --modules  Where its modules are (default /lib/modules/KERNEL)                        [string]
      --with     One more file of this machine, with its libraries                          [string]
      --force    Over what is on the disk, or over a disk's image                          [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm rescue-image --output /boot/rescue.img
  dvm rescue-image --output rescue.img --kernel 6.1.0-44-amd64 --with /usr/bin/rsync

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm resize-pv 1`] = `
Usage: dvm resize-pv VG DEVICE [--size SIZE] [--devices PATH]… [--dry-run]

Take up what a device has grown by, or make it ready to become smaller.

Without --size the PV gets as long as its device is now. With a smaller --size the device may be cut
to that afterwards; refused while an LV has extents behind it. Regions at the end of the device go
along. What was interrupted, the same call finishes.

Positionals:
  VG      The VG's name or id                                                               [string]
  DEVICE  Path or id of the device                                                          [string]

Options:
      --size     The size that the device has, or shall have                                [string]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]
      --dry-run  Print the plan, as JSON; change nothing                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm resize-pv vg0 /dev/sdd
  dvm resize-pv vg0 /dev/sdd --size 192M --dry-run

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm run 1`] = `
Usage: dvm run VG [--devices PATH]… [--dry-run] [--no-activate] -- VERB [OPTIONS]

Change a VG in one transaction, live LVs with it.

What follows -- is a verb of manip with its options; \`manip --help\` lists them. For the ids of PVs
it takes paths of their devices too.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm run vg0 -- create-lv --name data --size 64M
  dvm run vg0 --dry-run -- remove-lv --name swap

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm schema 1`] = `
Usage: dvm schema NAME

Print the JSON Schema of a document.

Positionals:
  NAME  One of activation, applied, batch, by, comparison, config, desired, discover-change,
        discover-list, discovery, dm-state, envelope, event, findings, label, legs, lvm2-check,
        metadata, plan, program, program-result, region-file, replicate-done, replicate-history,
        replicate-status, replicate-verify, report, scrubbed, settled, tended, tm-history,
        tm-recovered, tm-result, tm-verify, what-if                                         [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm schema metadata
  dvm schema config

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm scrub 1`] = `
Usage: dvm scrub VG/LV [--repair] [--from LEG] [--leg LEG] [--json] [--devices PATH]…

Compare the copies of an LV, or its data and parity, and say where they do not agree.

It reads all legs, live or not, and what does not agree a second time; ends with 3 when something
does not. --repair has a leg rebuilt from the others, of a live LV: the one that --leg says is
wrong, those that differ from the copy that --from says is right, or of raid6 the one that its two
parities tell. Otherwise nobody can tell which is right, and nothing is changed. An array of parity
that no kernel has brought in sync yet does not agree where nothing was written.

Positionals:
  VG/LV  The LV                                                                             [string]

Options:
      --repair   Rebuild the legs that are wrong                                           [boolean]
      --from     The copy that is right, by the number of its leg (conflicts with --leg; with
                 --repair)                                                                  [string]
      --leg      The leg that is wrong, by its number (conflicts with --from; with --repair)[string]
      --json     Give a document (scrubbed) instead of text                                [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm scrub vg0/home
  dvm scrub vg0/home --repair --leg 1
  dvm scrub vg0/home --repair --from 0

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm serve 1`] = `
Usage: dvm serve VG[/LV]… [--socket PATH] [--listen HOST:PORT] [--insecure] [--writable] [--overlay]
[--overlay-size OVERLAY-SIZE] [--live] [--devices PATH]…

Serve LVs as network block devices (NBD), without a kernel's help, until it is told to end.

Each LV is an export of its name. Clients read it as it is on the disks, degraded too, and share one
view: what one has flushed, all have. The VG's lock is held meanwhile, shared with other readers, so
that nothing is activated or changed; with --writable it is held for changes. SIGTERM and SIGINT end
the server: what was begun is answered, what was written is flushed, and the status is 0.

Positionals:
  VG[/LV]  A VG, for all of its LVs, or LVs of one VG                                       [string]

Options:
      --socket        A path to listen on, in a directory that only you can write to; only you may
                      connect (one of --socket, --listen)                                   [string]
      --listen        A port of TCP to listen on instead, for every user of this machine (one of
                      --socket, --listen; with --insecure)                                  [string]
      --insecure      There is no TLS: whoever can connect to the port may read, and write where
                      that is served (with --listen)                                       [boolean]
      --writable      Clients may write (conflicts with --overlay, --live)                 [boolean]
      --overlay       Clients may write to memory, which is gone at the end; the LV stays as it is
                      (conflicts with --writable, --live)                                  [boolean]
      --overlay-size  The most that is kept of it (with --overlay)                          [string]
      --live          Also what is live, read only: it changes while it is read, and is no point in
                      time (conflicts with --writable, --overlay)                          [boolean]
  -d, --devices       Look at this device instead of those the config or the OS names       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm serve vg0/root --socket vg0.sock
  dvm serve vg0/root --socket vg0.sock --overlay
  dvm serve vg0 --listen 127.0.0.1:10809 --insecure

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm snapshot 1`] = `
Usage: dvm snapshot VG[/LV] --origin LV [--name NAME] [--size SIZE] [--extents N] [--chunk-size
SIZE] [--stripes N] [--stripe-size SIZE] [--policy POLICY] [--pv PV]… [--tag TAG]… [--read-only]
[--devices PATH]… [--dry-run] [--no-activate]

Keep what an LV holds now, as an LV of its own.

The size is that of the store, which holds what differs from then on, whichever of the two is
written. When it is full the snapshot is lost, and the origin goes on; a store of the largest useful
size is never full. A snapshot of a thin LV is a thin LV of the same pool, without a store.
Snapshots in one batch are taken at one instant, if all of them have stores or all are of one pool.
The same as \`dvm run VG -- snapshot\`, paths of devices for ids of PVs included; VG/LV stands for
--name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --origin       The LV that it is of, by name or id                                    [string]
      --name         The snapshot's name                                                    [string]
      --size         Size, as 10G; rounded up to whole extents (conflicts with --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (conflicts with --size)             [string]
      --chunk-size   What is copied at a time: 4k (the default) to 512k, a power of two     [string]
      --stripes      Spread it over N PVs, besides those of parity and copies               [string]
      --stripe-size  How much goes to one stripe at a time (default 64k)                    [string]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --tag          Tag of the LV                                                          [string]
      --read-only    Make it read-only                                                     [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm snapshot vg0/friday --origin root --size 16M
  dvm snapshot vg0/monday --origin swap --extents 4 --chunk-size 64k --read-only
  dvm snapshot vg0/docs-then --origin docs

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm tag 1`] = `
Usage: dvm tag VG[/LV] [--lv LV]… [--pv PV]… [--add TAG]… [--remove TAG]… [--devices PATH]…
[--dry-run] [--no-activate]

Add and remove tags of LVs, of PVs, or of the VG when neither is named.

The same as \`dvm run VG -- tag\`, paths of devices for ids of PVs included; VG/LV stands for --lv LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --lv           An LV's name or id                                                     [string]
      --pv           A PV's id, or a tag of several                                         [string]
      --add          A tag to add (at least one of --add, --remove)                         [string]
      --remove       A tag to remove, if it is there (at least one of --add, --remove)      [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm tag vg0/root --add nightly
  dvm tag vg0 --pv fast --add ssd --remove fast
  dvm tag vg0 --add test

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm tend 1`] = `
Usage: dvm tend [VG] [--all] [--dry-run] [--json] [--devices PATH]…

Do what is due of a VG, or of all, and end.

Ends what was interrupted, calls legs current that have been rebuilt, ends moves and conversions
whose copy is complete, brings devices and legs up to date that were away or had failed, and puts
new legs in the places of those that have failed where \`dvm policy\` says so. It waits for nothing:
what is not due yet is for the next time. While a member of a VG is missing nothing is done to that,
and it ends with 3. It can be killed at any time, and run beside any other command.

Positionals:
  VG  The VG's name or id (one of VG, --all)                                                [string]

Options:
      --all      Every VG; one that fails does not keep the others from it (one of VG, --all)
                                                                                           [boolean]
      --dry-run  Tell what is due; change nothing                                          [boolean]
      --json     Give a document (tended) instead of text                                  [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm tend vg0
  dvm tend --all --dry-run
  dvm tend vg0 --json

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm uncache 1`] = `
Usage: dvm uncache VG[/LV] [--name NAME] [--finish] [--abort] [--drop] [--force] [--devices PATH]…
[--dry-run] [--no-activate]

Flush the cache of an LV, and let it go.

The kernel writes what the cache holds to the LV's own PVs, while the LV is in use; --finish then
lets it go, once all of it is there. --drop lets one go that cannot be had any more, if the LV has
all without it. With --force it is given up even so, and a second --drop leaves the LV without what
only the cache had. The same as \`dvm run VG -- uncache\`, paths of devices for ids of PVs included;
VG/LV stands for --name LV.

Positionals:
  VG[/LV]  The VG's name or id, and that of the LV                                          [string]

Options:
      --name         The LV's name or id                                                    [string]
      --finish       End it: the cache goes (conflicts with --abort, --drop)               [boolean]
      --abort        Give it up: the cache is used again (conflicts with --finish, --drop) [boolean]
      --drop         Let the cache go as it is (conflicts with --finish, --abort)          [boolean]
      --force        Even if what only the cache has is lost (with --drop)                 [boolean]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm uncache vg0/swap
  dvm uncache vg0/swap --finish
  dvm uncache vg0/swap --drop

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm undo 1`] = `
Usage: dvm undo VG [--to TXID] [--allow WHAT]… [--devices PATH]… [--dry-run] [--no-activate]

Go back to the state before the last transaction, or to an earlier one.

It is a transaction too: undoing that does again what was undone. An LV comes back only with its own
bytes, and what would shrink or remove one is refused unless --allow names it.

Positionals:
  VG  The VG's name or id                                                                   [string]

Options:
      --to           To this state, as history shows it                                     [string]
      --allow        Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV                [string]
  -d, --devices      Look at this device instead of those the config or the OS names        [string]
      --dry-run      Print the plan, as JSON; change nothing                               [boolean]
      --no-activate  Touch no dm device                                                    [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm undo vg0 --dry-run
  dvm undo vg0 --allow remove:vg0/data

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm wait 1`] = `
Usage: dvm wait VG[/LV] --for FOR [--timeout SECONDS] [--devices PATH]…

Wait until copies are in sync, a merge is over, a move has its copy, or a cache is flushed.

It looks once a second and locks nothing while it waits. Of a move or conversion it waits for the
copy, of a merge for what is put back, of a cache that is let go (uncache) for what it has yet to
write: dvm tend, or --finish, ends each. What will not come by itself, since the LV is not live or a
leg is away, is refused at once.

Positionals:
  VG[/LV]  A VG, for all of its LVs, or one LV                                              [string]

Options:
      --for      What is waited for                                                         [string]
      --timeout  Fail after so many seconds (DEADLINE)                                      [string]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm wait vg0/home --for synced
  dvm wait vg0 --for moved --timeout 3600

`

exports[`test/applets/contract.test.ts > TAP > dvm > help of dvm what-if 1`] = `
Usage: dvm what-if VG WHAT DEVICE… [--json] [--devices PATH]…

Tell what would become of LVs without some devices, or with more.

Changes nothing. For each LV: whole, degraded or lost, now and then; where what it has on the
devices that are lost could be moved beforehand; and the smallest sets of devices whose loss loses
something, of up to three devices as far as there are not too many.

Positionals:
  VG      The VG's name or id                                                               [string]
  WHAT    lose or add                                                                       [string]
  DEVICE  Paths or ids of devices                                                           [string]

Options:
      --json     Give a document (what-if) instead of text                                 [boolean]
  -d, --devices  Look at this device instead of those the config or the OS names            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  dvm what-if vg0 lose /dev/sdb
  dvm what-if vg0 lose /dev/sdb /dev/sdc --json
  dvm what-if vg0 add /dev/sde

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help 1`] = `
Usage: lvm2 VERB [ARGUMENTS]

Read volume groups of LVM2, without LVM2, and make them dvm's and LVM2's again.

Commands:
  lvm2 find VG          Give the discovery document of a VG of LVM2
  lvm2 read VG          Give the metadata of a VG of LVM2 as dvm's, marked foreign
  lvm2 check [VG]       Look at every copy of LVM2's metadata, and say what is wrong with it
  lvm2 seal VG          Write the metadata of a VG once more, clear of where dvm's label goes; dvm
                        adopt uses it
  lvm2 unseal VG        Let all metadata areas of a VG count again that did before it was sealed
  lvm2 refresh DEVICE…  Have LVM2 look anew at devices of a VG that has changed hands; dvm adopt and
                        release use it
  lvm2 unlabel          Take LVM2's labels off the devices of a VG that dvm has; dvm adopt uses it
  lvm2 write STEP       Write LVM2's metadata of a VG of dvm, step by step; dvm release uses it

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

lvm2 VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 check 1`] = `
Usage: lvm2 check [VG] [--devices PATH]…

Look at every copy of LVM2's metadata, and say what is wrong with it.

Labels, metadata areas, and the texts in them, with their checksums and numbers. Ends with 6 when
something is damaged, with 3 when something is missing or out of date.

Positionals:
  VG  Only this VG: its name, or id                                                         [string]

Options:
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 find 1`] = `
Usage: lvm2 find VG [--own] [--devices PATH]…

Give the discovery document of a VG of LVM2.

With --own it is refused where the VG cannot be adopted, with every reason.

Positionals:
  VG  Name of the VG, or its id as LVM2 or dvm has it                                       [string]

Options:
      --own      As it is once dvm adopt has made it dvm's, with dvm's own ids             [boolean]
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 read 1`] = `
Usage: lvm2 read VG [--own] [--system-id ID]… [--devices PATH]…

Give the metadata of a VG of LVM2 as dvm's, marked foreign.

Ids follow from LVM2's, which stand beside them. What dvm has no type for is there as lvm2:TYPE,
with the extents that it uses.

Positionals:
  VG  Name of the VG, or its id as LVM2 or dvm has it                                       [string]

Options:
      --own        As it is once dvm adopt has made it dvm's, with dvm's own ids           [boolean]
      --system-id  A system id of this machine, instead of what LVM2's configuration says   [string]
  -d, --devices    Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 refresh 1`] = `
Usage: lvm2 refresh DEVICE…

Have LVM2 look anew at devices of a VG that has changed hands; dvm adopt and release use it.

Warns of a PV that LVM2's devices file does not have.

Positionals:
  DEVICE  Path of a device                                                                  [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 seal 1`] = `
Usage: lvm2 seal VG [--devices PATH]…

Write the metadata of a VG once more, clear of where dvm's label goes; dvm adopt uses it.

The VG stays LVM2's, and one metadata area of it counts: see docs/lvm2.md for what follows. Done
again, it writes nothing.

Positionals:
  VG  Name of the VG, or its id as LVM2 or dvm has it                                       [string]

Options:
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 unlabel 1`] = `
Usage: lvm2 unlabel --discovery FILE --decider ID

Take LVM2's labels off the devices of a VG that dvm has; dvm adopt uses it.

The first one that goes is what makes the VG dvm's.

Options:
      --discovery  The VG as dvm has it                                                     [string]
      --decider    Id of the device that decides whose the VG is                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 unseal 1`] = `
Usage: lvm2 unseal VG [--devices PATH]…

Let all metadata areas of a VG count again that did before it was sealed.

Positionals:
  VG  Name of the VG, or its id as LVM2 or dvm has it                                       [string]

Options:
  -d, --devices  Look at these devices, directories and globs instead of what the config says
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > lvm2 > help of lvm2 write 1`] = `
Usage: lvm2 write STEP --discovery FILE --decider ID [--live FILE]

Write LVM2's metadata of a VG of dvm, step by step; dvm release uses it.

texts: the text, where nothing leads to it yet; gives the SHA-256 of what is going to stand at byte
4096 of the device that decides. headers: what leads to it, over the first copy of dvm's label.
labels: LVM2's labels, that of the device that decides last, which makes the VG LVM2's. check: only
refuse.

Positionals:
  STEP  check, texts, headers or labels                                                     [string]

Options:
      --discovery  The VG as dvm has it                                                     [string]
      --decider    Id of the device that decides whose the VG is                            [string]
      --live       What is live of the VG: refused where the text would not have it so      [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > manip > help 1`] = `
Usage: manip VERB [ARGUMENTS]

Change the metadata of a VG.

Commands:
  manip create-vg      Make the metadata of a new VG
  manip add-pv         Add PVs: one by its id and size, or every device of a discovery document that
                       is none yet
  manip remove-pv      Remove PVs that no LV uses
  manip missing-pv     Go on without PVs: their legs are stale, and nothing new is placed on them
  manip pv-blocks      Take down that PVs have other logical blocks than before
  manip pv-size        Take down how long the data area of a PV is
  manip create-lv      Create an LV
  manip create-pool    Create a pool, from which thin LVs get their room
  manip create-thin    Create a thin LV, which gets room from a pool as it is written
  manip extend-lv      Make an LV longer
  manip reduce-lv      Make an LV shorter: what is at its end is lost
  manip mirror         Keep more or fewer copies of an LV
  manip leg-state      Say of legs that they are stale, to be rebuilt, or current
  manip move           Move an LV, or its copies, from a PV to others
  manip convert        Make an LV one of another type, while it is in use
  manip repair         Put new legs in the places of those that are stale, or of one that is named
  manip snapshot       Keep what an LV holds now, as an LV of its own
  manip merge          Give an LV back what it held when a snapshot of it was taken
  manip cache          Keep a part of an LV on faster PVs, while it is in use
  manip uncache        Flush the cache of an LV, and let it go
  manip remove-lv      Remove an LV
  manip rename-lv      Give an LV another name
  manip rename-vg      Give the VG another name
  manip tag            Add and remove tags of LVs, of PVs, or of the VG when neither is named
  manip policy         Say what dvm tend may do without being asked
  manip import-clone   Give a copied VG the ids and the name that its labels have been given
  manip compare FILE   Hold a VG against a document of how it shall be
  manip converge FILE  Make a VG what a document says it shall be, all changes or none
  manip batch FILE     Make many changes, all or none

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

manip VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip add-pv 1`] = `
Usage: manip add-pv [--id ID] [--size SIZE] [--block-size SIZE] [--discovery FILE] [--tag TAG]…

Add PVs: one by its id and size, or every device of a discovery document that is none yet.

Options:
      --id          The device's id (one of --id, --discovery; with --size)                 [string]
      --size        Size of its data area (with --id)                                       [string]
      --block-size  Its logical block size, when it is named by --id (default 512b) (with --id)
                                                                                            [string]
      --discovery   Add its devices (one of --id, --discovery)                              [string]
      --tag         Tag of the new PVs                                                      [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip add-pv --discovery where.json < old.json > new.json
  manip add-pv --discovery where.json --tag fast < old.json > new.json
  manip add-pv --id 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a --size 100G < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip batch 1`] = `
Usage: manip batch FILE

Make many changes, all or none.

Positionals:
  FILE  The changes                                                                         [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip batch changes.json < old.json > new.json
  manip batch changes.json --trace steps < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip cache 1`] = `
Usage: manip cache --name NAME [--size SIZE] [--extents N] [--pv PV]… [--kind KIND] [--mode MODE]
[--chunk-size SIZE] [--policy POLICY] [--set SETTING]…

Keep a part of an LV on faster PVs, while it is in use.

The size is that of the cache. In mode writethrough all that is written goes to the LV's own PVs as
well, so that the cache can be lost; in writeback the LV is lost with it. Kind writecache keeps only
what was written lately, and is always needed. uncache ends both.

Options:
      --name        The LV's name or id                                                     [string]
      --size        Size, as 10G; rounded up to whole extents (one of --size, --extents)    [string]
      --extents     Size in extents: N, N%FREE or N%VG (one of --size, --extents)           [string]
      --pv          Faster PV, named by id or tag                                           [string]
      --kind        cache or writecache: what is used often (the default), or what was written
                    lately                                                                  [string]
      --mode        Writes go to both (writethrough, the default), to the cache first, or past it
                                                                                            [string]
      --chunk-size  What is cached at a time: a multiple of 32k up to 1G (default: 64k, larger in
                    large caches)                                                           [string]
      --policy      What decides on which chunks are cached: smq (the default) or mq        [string]
      --set         A setting of the kernel's, as NAME=NUMBER                               [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip cache --name swap --size 16M --pv fast < old.json > new.json
  manip cache --name swap --size 32M --pv fast --mode writeback --chunk-size 128k --set
  migration_threshold=4096 < old.json > new.json
  manip cache --name swap --size 16M --pv fast --kind writecache --set high_watermark=60 < old.json
  > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip compare 1`] = `
Usage: manip compare FILE [--discovery FILE] [--allow WHAT]… [--frees-only]

Hold a VG against a document of how it shall be.

Tells the changes that lead there, what they mean for each LV, and what of them has to be allowed.
Changes nothing: converge does.

Positionals:
  FILE  How it shall be                                                                     [string]

Options:
      --discovery   Where the paths in it lead; devices of it that are no PVs yet become some
                                                                                            [string]
      --allow       What may be lost: shrink:VG/LV or remove:VG/LV                          [string]
      --frees-only  Only what frees extents: others are taken by a later change            [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip compare wanted.json < old.json
  manip compare desired.json --discovery where.json --allow remove:vg0/swap < old.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip converge 1`] = `
Usage: manip converge FILE [--discovery FILE] [--allow WHAT]… [--frees-only]

Make a VG what a document says it shall be, all changes or none.

What it is already is not changed. compare tells what it would do.

Positionals:
  FILE  How it shall be                                                                     [string]

Options:
      --discovery   Where the paths in it lead; devices of it that are no PVs yet become some
                                                                                            [string]
      --allow       What may be lost: shrink:VG/LV or remove:VG/LV                          [string]
      --frees-only  Only what frees extents: others are taken by a later change            [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip converge wanted.json < old.json > new.json
  manip converge desired.json --discovery where.json < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip convert 1`] = `
Usage: manip convert --name NAME [--type TYPE] [--stripes N] [--stripe-size SIZE] [--mirrors N]
[--region-size SIZE] [--policy POLICY] [--pv PV]… [--allow-mixed-blocks] [--finish] [--abort]

Make an LV one of another type, while it is in use.

All of it is copied to free extents, as what it shall be. --finish ends that once the copy is
complete; until then --abort gives it up, and both may be had at any time, whatever was stopped or
failed in between.

Options:
      --name                The LV's name or id                                             [string]
      --type                What it shall be: linear, striped, raid0, raid1, raid4, raid5, raid6 or
                            raid10 (one of --type, --finish, --abort)                       [string]
      --stripes             Spread it over N PVs, besides those of parity and copies        [string]
      --stripe-size         How much goes to one stripe at a time (default 64k)             [string]
      --mirrors             Keep N extra copies                                             [string]
      --region-size         raid: the unit of resynchronisation (default 2M)                [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --finish              End it: the old copy goes (one of --type, --finish, --abort)   [boolean]
      --abort               Give it up: the new copy goes (one of --type, --finish, --abort)
                                                                                           [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip convert --name root --type raid5 --stripes 2 < old.json > new.json
  manip convert --name root --type striped --stripes 2 --stripe-size 128k < old.json > new.json
  manip convert --name root --finish < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip create-lv 1`] = `
Usage: manip create-lv --name NAME [--size SIZE] [--extents N] [--type TYPE] [--stripes N]
[--stripe-size SIZE] [--mirrors N] [--region-size SIZE] [--policy POLICY] [--pv PV]…
[--allow-mixed-blocks] [--tag TAG]… [--read-only] [--inactive]

Create an LV.

Options:
      --name                The LV's name                                                   [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents)
                                                                                            [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents)   [string]
      --type                linear, striped, raid0, raid1, raid4, raid5, raid6 or raid10 (default:
                            as --stripes and --mirrors say)                                 [string]
      --stripes             Spread it over N PVs, besides those of parity and copies        [string]
      --stripe-size         How much goes to one stripe at a time (default 64k)             [string]
      --mirrors             Keep N extra copies                                             [string]
      --region-size         raid: the unit of resynchronisation (default 2M)                [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --tag                 Tag of the LV                                                   [string]
      --read-only           Make it read-only                                              [boolean]
      --inactive            Activate it only when it is named                              [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip create-lv --name data --size 64M < old.json > new.json
  manip create-lv --name db --size 32M --type raid1 --mirrors 1 --tag important < old.json >
  new.json
  manip create-lv --name scratch --extents 50%FREE --stripes 2 --pv fast --pv slow < old.json >
  new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip create-pool 1`] = `
Usage: manip create-pool --name NAME [--size SIZE] [--extents N] [--meta-size SIZE] [--chunk-size
SIZE] [--no-zero] [--discards WHAT] [--when-full WHAT] [--stripes N] [--stripe-size SIZE] [--policy
POLICY] [--pv PV]… [--meta-pv META-PV]… [--tag TAG]… [--inactive]

Create a pool, from which thin LVs get their room.

The size is that of its data. Beside it there is metadata, in which the kernel keeps which chunk is
whose: 64 bytes for each chunk unless --meta-size says otherwise, and at least 2 MiB. A pool whose
data or metadata are full takes nothing new: extend-lv makes both longer.

Options:
      --name         The pool's name                                                        [string]
      --size         Size, as 10G; rounded up to whole extents (one of --size, --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (one of --size, --extents)          [string]
      --meta-size    Size of its metadata                                                   [string]
      --chunk-size   What a thin LV gets at a time: a multiple of 64k up to 1G (default: 64k, larger
                     in large pools)                                                        [string]
      --no-zero      Chunks may show what an earlier LV had in them                        [boolean]
      --discards     Discards free chunks, and disks are told of it (the default), or are not, or
                     are ignored                                                            [string]
      --when-full    Writes that find no room wait for a minute (queue, the default), or fail at
                     once                                                                   [string]
      --stripes      Spread it over N PVs, besides those of parity and copies               [string]
      --stripe-size  How much goes to one stripe at a time (default 64k)                    [string]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --meta-pv      PV for its metadata, named by id or tag                                [string]
      --tag          Tag of the LV                                                          [string]
      --inactive     Activate it only when it, or a thin LV of it, is named                [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip create-pool --name pool --size 64M < old.json > new.json
  manip create-pool --name fast --size 32M --pv fast --meta-size 4M --chunk-size 128k --when-full
  error < old.json > new.json
  manip create-pool --name wide --extents 50%FREE --stripes 2 --no-zero < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip create-thin 1`] = `
Usage: manip create-thin --pool LV --name NAME [--size SIZE] [--extents N] [--tag TAG]…
[--read-only] [--inactive]

Create a thin LV, which gets room from a pool as it is written.

Its size takes nothing of the VG, and may be larger than the pool. What has never been written reads
as zeroes.

Options:
      --pool       The pool's name or id                                                    [string]
      --name       The LV's name                                                            [string]
      --size       Size, as 10G; rounded up to whole extents (one of --size, --extents)     [string]
      --extents    Size in extents: N, N%FREE or N%VG (one of --size, --extents)            [string]
      --tag        Tag of the LV                                                            [string]
      --read-only  Make it read-only                                                       [boolean]
      --inactive   Activate it only when it is named                                       [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip create-thin --pool thin --name mail --size 1G < old.json > new.json
  manip create-thin --pool thin --name web --size 10T --inactive < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip create-vg 1`] = `
Usage: manip create-vg [--discovery FILE] [--name NAME] [--id ID] [--extent-size SIZE] [--tag TAG]…

Make the metadata of a new VG.

Options:
      --discovery    The VG's labels: they give its id and name, and each device becomes a PV (at
                     least one of --discovery, --name)                                      [string]
      --name         The VG's name, instead of --discovery (at least one of --discovery, --name)
                                                                                            [string]
      --id           The VG's id (default: a new one)                                       [string]
      --extent-size  Size of an extent (default 4M)                                         [string]
      --tag          Tag of the VG                                                          [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip create-vg --name vg0 > new.json
  manip create-vg --discovery where.json --extent-size 1M > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip extend-lv 1`] = `
Usage: manip extend-lv --name NAME [--size SIZE] [--extents N] [--meta SIZE] [--policy POLICY] [--pv
PV]… [--allow-mixed-blocks]

Make an LV longer.

With + the amount is added, without it is the new size; N%FREE can only be added. Of an LV that
moves or becomes another type both what it was and what it becomes get longer. Of a snapshot it is
the store, of a pool the data, or with --meta the metadata.

Options:
      --name                The LV's name or id                                             [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents,
                            --meta)                                                         [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents, --meta)
                                                                                            [string]
      --meta                Of a pool: size of its metadata, as --size has it (one of --size,
                            --extents, --meta)                                              [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --pv                  Use only this PV, named by id or tag                            [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip extend-lv --name root --size 64M --pv fast < old.json > new.json
  manip extend-lv --name home --extents +50%FREE < old.json > new.json
  manip extend-lv --name thin --meta +4M < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip import-clone 1`] = `
Usage: manip import-clone --discovery FILE

Give a copied VG the ids and the name that its labels have been given.

Options:
      --discovery  The labels of the copy: they give its id and name                        [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip import-clone --discovery copy.json < old.json > new.json
  manip import-clone --discovery copy.json --trace steps < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip leg-state 1`] = `
Usage: manip leg-state --leg LV/NUMBER… --state STATE

Say of legs that they are stale, to be rebuilt, or current.

A stale leg takes no part: it has failed, or missed writes. One that is to be rebuilt gets the data
of the others and is read once it has it; current then says that it does. Whether it may, the live
LV tells.

Options:
      --leg    The leg: its LV's name or id, and its number in the names of its dm devices  [string]
      --state  stale, rebuild or current                                                    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip leg-state --leg home/1 --state stale < old.json > new.json
  manip leg-state --leg home/0 --state stale < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip merge 1`] = `
Usage: manip merge --name NAME [--later] [--force] [--finish] [--abort]

Give an LV back what it held when a snapshot of it was taken.

What was written to the snapshot counts too. Neither of the two may be in use when it begins; from
then on the origin shows the result, and nothing leads back. The kernel copies in the meantime;
--finish then lets the snapshot go, once all of it is where it belongs. With --later it begins when
the VG is next activated, until when --abort gives it up.

Options:
      --name    The snapshot's name or id                                                   [string]
      --later   Begin when its origin next comes up (conflicts with --finish, --abort)     [boolean]
      --force   Even if other snapshots of the origin may overflow, and be lost            [boolean]
      --finish  End it: the snapshot goes (conflicts with --later, --abort)                [boolean]
      --abort   Give it up, which works only until it has begun (conflicts with --later, --finish)
                                                                                           [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip merge --name before < old.json > new.json
  manip merge --name before --later < old.json > new.json
  manip merge --name before --finish < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip mirror 1`] = `
Usage: manip mirror --name NAME [--mirrors N] [--synced] [--policy POLICY] [--pv PV]… [--region-size
SIZE]

Keep more or fewer copies of an LV.

New copies are marked for rebuilding, and are read only once they are complete; --synced then says
so. Copies that are not current go first; --pv names the PVs that get the new ones, or lose theirs.

Options:
      --name         The LV's name or id                                                    [string]
      --mirrors      Keep N extra copies; 0 for none (one of --mirrors, --synced)           [string]
      --synced       The copies that were being rebuilt are complete (one of --mirrors, --synced)
                                                                                           [boolean]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --region-size  The unit of resynchronisation of a new raid1 (default 2M)              [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip mirror --name root --mirrors 1 < old.json > new.json
  manip mirror --name home --mirrors 2 --pv spare < old.json > new.json
  manip mirror --name home --mirrors 0 < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip missing-pv 1`] = `
Usage: manip missing-pv --pv PV… [--returned]

Go on without PVs: their legs are stale, and nothing new is placed on them.

A leg is stale once the others have been written without it. An LV that has no other current leg
stays as it is, and incomplete. With --returned the PVs are back: their stale legs are to be rebuilt
from the others.

Options:
      --pv        The PV's id, or a tag of several                                          [string]
      --returned  They are there again                                                     [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip missing-pv --pv fast < old.json > new.json
  manip missing-pv --pv fast --returned < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip move 1`] = `
Usage: manip move --name NAME [--from PV] [--to PV]… [--policy POLICY] [--region-size SIZE]
[--allow-mixed-blocks] [--finish] [--abort]

Move an LV, or its copies, from a PV to others.

The whole LV is copied, or of a raid1 the whole leg, even if only a part lies on the PV. It stays in
use; --finish ends the move once the copy is complete.

Options:
      --name                The LV's name or id                                             [string]
      --from                The PV to leave, by id or tag (one of --from, --finish, --abort)[string]
      --to                  Move to this PV, by id or tag; else to any                      [string]
      --policy              How extents are chosen: contiguous, cling, normal (the default) or
                            anywhere                                                        [string]
      --region-size         The unit of resynchronisation of a new raid1 (default 2M)       [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]
      --finish              End the move: the old copy goes (one of --from, --finish, --abort)
                                                                                           [boolean]
      --abort               Give the move up: the new copy goes (one of --from, --finish, --abort)
                                                                                           [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip move --name root --from fast < old.json > new.json
  manip move --name root --from fast --to slow < old.json > new.json
  manip move --name root --finish < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip policy 1`] = `
Usage: manip policy [--replace REPLACE] [--extend-at PERCENT] [--extend-by PERCENT] [--keep-free
SIZE]

Say what dvm tend may do without being asked.

--replace free: a leg that has failed, or whose devices are away for longer than the grace time,
gets a new one in its place, on free extents of other PVs. never, as it is until something is said:
nobody but a person does that, by repair. --extend-at: stores of snapshots get longer when so much
of them is taken, by --extend-by of what they have; pools too, and their metadata. --keep-free:
nothing gets longer so that less than that is free.

Options:
      --replace    Legs that have failed or are away: never, or by free extents (at least one of
                   --replace, --extend-at, --extend-by, --keep-free)                        [string]
      --extend-at  Percent from which on a store gets longer; 100 for never (80 until it is said)
                   (at least one of --replace, --extend-at, --extend-by, --keep-free)       [string]
      --extend-by  Percent by which it does (20 until it is said) (at least one of --replace,
                   --extend-at, --extend-by, --keep-free)                                   [string]
      --keep-free  What stays free (until it is said: nothing, and with --replace free room for the
                   largest leg) (at least one of --replace, --extend-at, --extend-by, --keep-free)
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip policy --replace free --keep-free 20G < old.json > new.json
  manip policy --replace never < old.json > new.json
  manip policy --extend-at 70 --extend-by 50 < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip pv-blocks 1`] = `
Usage: manip pv-blocks --pv PV… --block-size SIZE [--allow-mixed-blocks]

Take down that PVs have other logical blocks than before.

For a disk whose content was copied to one with other sectors. The LVs on it get other blocks, and
what was made for the old ones, a file system or a partition table, may be of no use with them.

Options:
      --pv                  The PV's id, or a tag of several                                [string]
      --block-size          Its logical block size now                                      [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, lie on PVs of several block sizes:
                            its own may get larger                                         [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip pv-blocks --pv spare --block-size 4k < old.json > new.json
  manip pv-blocks --pv spare --pv old --block-size 4k < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip pv-size 1`] = `
Usage: manip pv-size --pv PV [--size SIZE] [--discovery FILE]

Take down how long the data area of a PV is.

It gets extents at its end, or gives up those that no LV has. dvm resize-pv does that, and divides
the device anew.

Options:
      --pv         The PV's id, or a tag of it                                              [string]
      --size       Size of its data area (one of --size, --discovery)                       [string]
      --discovery  As long as the data area of its device (one of --size, --discovery)      [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip pv-size --pv spare --size 128M < old.json > new.json
  manip pv-size --pv spare --discovery where.json < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip reduce-lv 1`] = `
Usage: manip reduce-lv --name NAME [--size SIZE] [--extents N] [--allow-mixed-blocks]

Make an LV shorter: what is at its end is lost.

With - the amount is taken away, without it is the new size.

Options:
      --name                The LV's name or id                                             [string]
      --size                Size, as 10G; rounded up to whole extents (one of --size, --extents)
                                                                                            [string]
      --extents             Size in extents: N, N%FREE or N%VG (one of --size, --extents)   [string]
      --allow-mixed-blocks  Let the LV, which must not be in use, get other blocks: those of the PVs
                            that are left                                                  [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip reduce-lv --name root --size -8M < old.json > new.json
  manip reduce-lv --name root --size 16M < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip remove-lv 1`] = `
Usage: manip remove-lv --name NAME [--with-users]

Remove an LV.

Options:
      --name        The LV's name or id                                                     [string]
      --with-users  Remove all LVs that are built on it, too: its snapshots, or the thin LVs of a
                    pool                                                                   [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip remove-lv --name swap < old.json > new.json
  manip remove-lv --name root < old.json > new.json
  manip remove-lv --name home --with-users < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip remove-pv 1`] = `
Usage: manip remove-pv --pv PV…

Remove PVs that no LV uses.

Options:
      --pv  The PV's id, or a tag of several                                                [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip remove-pv --pv spare < old.json > new.json
  manip remove-pv --pv spare --pv old < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip rename-lv 1`] = `
Usage: manip rename-lv --name NAME --to NAME

Give an LV another name.

Options:
      --name  The LV's name or id                                                           [string]
      --to    Its new name                                                                  [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip rename-lv --name root --to system < old.json > new.json
  manip rename-lv --name home --to users < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip rename-vg 1`] = `
Usage: manip rename-vg --to NAME

Give the VG another name.

Options:
      --to  Its new name                                                                    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip rename-vg --to vg1 < old.json > new.json
  manip rename-vg --to backup < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip repair 1`] = `
Usage: manip repair --name NAME [--leg NUMBER] [--policy POLICY] [--pv PV]…

Put new legs in the places of those that are stale, or of one that is named.

A new leg lies on free extents of other PVs, is rebuilt from the legs that are left, and is read
once it is in sync; the old one goes. A leg whose disk is well again is brought up to date where it
is, by dvm recover: that copies less. Of a live LV no leg is replaced that is sound: leg-state
--state stale says before that it is not to be trusted, and move copies it elsewhere without that.

Options:
      --name    The LV's name or id                                                         [string]
      --leg     The number of a leg in the names of its dm devices; else every stale one    [string]
      --policy  How extents are chosen: contiguous, cling, normal (the default) or anywhere [string]
      --pv      Use only this PV, named by id or tag                                        [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip repair --name home < old.json > new.json
  manip repair --name home --leg 1 < old.json > new.json
  manip repair --name home --leg 1 --pv spare < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip snapshot 1`] = `
Usage: manip snapshot --origin LV --name NAME [--size SIZE] [--extents N] [--chunk-size SIZE]
[--stripes N] [--stripe-size SIZE] [--policy POLICY] [--pv PV]… [--tag TAG]… [--read-only]

Keep what an LV holds now, as an LV of its own.

The size is that of the store, which holds what differs from then on, whichever of the two is
written. When it is full the snapshot is lost, and the origin goes on; a store of the largest useful
size is never full. A snapshot of a thin LV is a thin LV of the same pool, without a store.
Snapshots in one batch are taken at one instant, if all of them have stores or all are of one pool.

Options:
      --origin       The LV that it is of, by name or id                                    [string]
      --name         The snapshot's name                                                    [string]
      --size         Size, as 10G; rounded up to whole extents (conflicts with --extents)   [string]
      --extents      Size in extents: N, N%FREE or N%VG (conflicts with --size)             [string]
      --chunk-size   What is copied at a time: 4k (the default) to 512k, a power of two     [string]
      --stripes      Spread it over N PVs, besides those of parity and copies               [string]
      --stripe-size  How much goes to one stripe at a time (default 64k)                    [string]
      --policy       How extents are chosen: contiguous, cling, normal (the default) or anywhere
                                                                                            [string]
      --pv           Use only this PV, named by id or tag                                   [string]
      --tag          Tag of the LV                                                          [string]
      --read-only    Make it read-only                                                     [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip snapshot --origin root --name friday --size 16M < old.json > new.json
  manip snapshot --origin swap --name monday --extents 4 --chunk-size 64k --read-only < old.json >
  new.json
  manip snapshot --origin docs --name docs-then < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip tag 1`] = `
Usage: manip tag [--lv LV]… [--pv PV]… [--add TAG]… [--remove TAG]…

Add and remove tags of LVs, of PVs, or of the VG when neither is named.

Options:
      --lv      An LV's name or id                                                          [string]
      --pv      A PV's id, or a tag of several                                              [string]
      --add     A tag to add (at least one of --add, --remove)                              [string]
      --remove  A tag to remove, if it is there (at least one of --add, --remove)           [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip tag --lv root --add nightly < old.json > new.json
  manip tag --pv fast --add ssd --remove fast < old.json > new.json
  manip tag --add test < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > manip > help of manip uncache 1`] = `
Usage: manip uncache --name NAME [--finish] [--abort] [--drop] [--force]

Flush the cache of an LV, and let it go.

The kernel writes what the cache holds to the LV's own PVs, while the LV is in use; --finish then
lets it go, once all of it is there. --drop lets one go that cannot be had any more, if the LV has
all without it. With --force it is given up even so, and a second --drop leaves the LV without what
only the cache had.

Options:
      --name    The LV's name or id                                                         [string]
      --finish  End it: the cache goes (conflicts with --abort, --drop)                    [boolean]
      --abort   Give it up: the cache is used again (conflicts with --finish, --drop)      [boolean]
      --drop    Let the cache go as it is (conflicts with --finish, --abort)               [boolean]
      --force   Even if what only the cache has is lost (with --drop)                      [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

Examples:
  manip uncache --name swap < old.json > new.json
  manip uncache --name swap --finish < old.json > new.json
  manip uncache --name swap --drop < old.json > new.json

`

exports[`test/applets/contract.test.ts > TAP > replicate > help 1`] = `
Usage: replicate VERB [ARGUMENTS]

Keep the same bytes in many disk regions, in all of them or in none.

Commands:
  replicate format REGION-FILE        Make regions, with nothing in them
  replicate status REGION-FILE        Show the state of every region and of all together, and what
                                      to do next
  replicate read REGION-FILE FILE     Give the bytes that the regions hold
  replicate prepare REGION-FILE FILE  Write new bytes beside those that are there; then commit or
                                      abort
  replicate commit REGION-FILE        Make what is prepared everywhere the content; finish a commit
                                      that was interrupted
  replicate abort REGION-FILE         Give up what is prepared
  replicate verify REGION-FILE        Read and check every page of every region
  replicate sync REGION-FILE          Bring stale, new or damaged regions to the state of regions
                                      that agree
  replicate history REGION-FILE       List the states that the regions still hold, newest first
  replicate rebuild REGION-FILE       Give a region that has lost its superblock a new one, for the
                                      newest whole state found in it

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

replicate VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate abort 1`] = `
Usage: replicate abort REGION-FILE

Give up what is prepared.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate commit 1`] = `
Usage: replicate commit REGION-FILE

Make what is prepared everywhere the content; finish a commit that was interrupted.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate format 1`] = `
Usage: replicate format REGION-FILE [--force] [--beside-lvm2] [--room SIZE] [--dry-run]

Make regions, with nothing in them.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Options:
      --force        Over regions that are formatted already, and over what else is there: it is
                     lost                                                                  [boolean]
      --beside-lvm2  Also while LVs of LVM2 are live there: in sectors 1040-2047, which lvm2 seal
                     has cleared                                                           [boolean]
      --room         Refuse regions into which content of this size would not fit           [string]
      --dry-run      Refuse what would be refused; change nothing                          [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate history 1`] = `
Usage: replicate history REGION-FILE [--first N]

List the states that the regions still hold, newest first.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Options:
      --first  Also give the first N bytes of what each holds, as base64                    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate prepare 1`] = `
Usage: replicate prepare REGION-FILE FILE [--new-epoch] [--dry-run]

Write new bytes beside those that are there; then commit or abort.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]
  FILE         The file to store, - for stdin                                               [string]

Options:
      --new-epoch  Not every region of the set takes part                                  [boolean]
      --dry-run    Refuse what would be refused; change nothing                            [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate read 1`] = `
Usage: replicate read REGION-FILE FILE [--force] [--txid N]

Give the bytes that the regions hold.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]
  FILE         The file to write, - for stdout                                              [string]

Options:
      --force  Over a disk, or an image of one                                             [boolean]
      --txid   Those of an earlier transaction, as history shows it                         [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate rebuild 1`] = `
Usage: replicate rebuild REGION-FILE --region N

Give a region that has lost its superblock a new one, for the newest whole state found in it.

When the other regions agree on a state that this one has whole, that is the one. Regions that agree
are a better source: then prefer sync.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Options:
      --region  Its index in the region file                                                [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate status 1`] = `
Usage: replicate status REGION-FILE

Show the state of every region and of all together, and what to do next.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate sync 1`] = `
Usage: replicate sync REGION-FILE --from REGION-FILE [--force]

Bring stale, new or damaged regions to the state of regions that agree.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Options:
      --from   The region file of those that agree; they may stand in the first one too     [string]
      --force  Over regions that hold something else than an earlier state                 [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > replicate > help of replicate verify 1`] = `
Usage: replicate verify REGION-FILE

Read and check every page of every region.

Positionals:
  REGION-FILE  The region file: {"regions":[{"path","offset","length"}, …]}, in sectors     [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > report > help 1`] = `
Usage: report [WHAT] [--metadata METADATA] [--rows FILE] [--discovery DISCOVERY] [--dm DM]
[--desired DESIRED] [--legs LEGS] [--format FORMAT] [--columns COLUMNS] [--select CONDITION] [--sort
SORT]

Show a VG, its LVs, PVs, segments or dm devices.

What is not known, because the document that would tell was left out, is shown as - (null in JSON,
nothing in CSV). JSON has every column, a table and CSV the usual ones, unless --columns names some.
Sizes in JSON and CSV are sectors; prometheus gives gauges, sizes in bytes. tree draws what lies on
what, map the extents of each PV; svg and html give a picture of both, one file that needs no other
(of vg, lv or pv). A condition compares a column with = != < <= > >=, or text with the regular
expression of =~ and !~; conditions are joined by && and ||, negated by ! and grouped by ( ). Text
with blanks stands in double quotes.

Positionals:
  WHAT  One of vg, lv, pv, seg, dm (default lv)                                             [string]

Options:
      --metadata   The metadata (tm read) (one of --metadata, --rows)                       [string]
      --rows       Instead of all that: rows that were made before (--format json), of several VGs
                   for instance (one of --metadata, --rows)                                 [string]
      --discovery  The devices (discover find)                                              [string]
      --dm         The dm devices as they are (dmexec state)                                [string]
      --desired    The dm devices as the metadata wants them (volactivate desired), to compare
                                                                                            [string]
      --legs       What superblocks say of legs of LVs that are not live (volactivate legs) [string]
      --format     table (default), json, csv, prometheus, tree, map, svg or html           [string]
      --columns    Which columns, separated by commas; all, or help to list them            [string]
      --select     Which rows, as in 'size>=1G && state=active'                             [string]
      --sort       By which columns, separated by commas, - before a name for descending    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > report > help of report  1`] = `
Usage: report [WHAT] [--metadata METADATA] [--rows FILE] [--discovery DISCOVERY] [--dm DM]
[--desired DESIRED] [--legs LEGS] [--format FORMAT] [--columns COLUMNS] [--select CONDITION] [--sort
SORT]

Show a VG, its LVs, PVs, segments or dm devices.

What is not known, because the document that would tell was left out, is shown as - (null in JSON,
nothing in CSV). JSON has every column, a table and CSV the usual ones, unless --columns names some.
Sizes in JSON and CSV are sectors; prometheus gives gauges, sizes in bytes. tree draws what lies on
what, map the extents of each PV; svg and html give a picture of both, one file that needs no other
(of vg, lv or pv). A condition compares a column with = != < <= > >=, or text with the regular
expression of =~ and !~; conditions are joined by && and ||, negated by ! and grouped by ( ). Text
with blanks stands in double quotes.

Positionals:
  WHAT  One of vg, lv, pv, seg, dm (default lv)                                             [string]

Options:
      --metadata   The metadata (tm read) (one of --metadata, --rows)                       [string]
      --rows       Instead of all that: rows that were made before (--format json), of several VGs
                   for instance (one of --metadata, --rows)                                 [string]
      --discovery  The devices (discover find)                                              [string]
      --dm         The dm devices as they are (dmexec state)                                [string]
      --desired    The dm devices as the metadata wants them (volactivate desired), to compare
                                                                                            [string]
      --legs       What superblocks say of legs of LVs that are not live (volactivate legs) [string]
      --format     table (default), json, csv, prometheus, tree, map, svg or html           [string]
      --columns    Which columns, separated by commas; all, or help to list them            [string]
      --select     Which rows, as in 'size>=1G && state=active'                             [string]
      --sort       By which columns, separated by commas, - before a name for descending    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help 1`] = `
Usage: tm VERB [ARGUMENTS]

Read and change the metadata of a VG in transactions that take device-mapper along.

Commands:
  tm init -- MUTATOR [ARGUMENTS]            Format the regions of a VG and write its first metadata
  tm verify                                 Tell whether the devices make a complete VG, in sync
  tm read                                   Verify the VG, then give its metadata
  tm update -- MUTATOR [ARGUMENTS]          Change the metadata by a mutator, and the live dm
                                            devices with it
  tm expand DEVICE… -- MUTATOR [ARGUMENTS]  Add devices to the VG, and change the metadata by a
                                            mutator, in one transaction
  tm reduce DEVICE… -- MUTATOR [ARGUMENTS]  Remove devices from the VG, and change the metadata by a
                                            mutator, in one transaction
  tm resize DEVICE -- MUTATOR [ARGUMENTS]   Divide a device of the VG anew that has, or shall have,
                                            another size
  tm recover [-- MUTATOR [ARGUMENTS]]       Finish or undo an interrupted transaction; make labels
                                            and dm devices agree with the metadata
  tm adopt -- MUTATOR [ARGUMENTS]           Make copied regions those of the VG that discover
                                            import-clone has labelled
  tm history                                List the earlier states of the metadata that the regions
                                            still hold
  tm restore TXID|previous|FILE             Make old metadata the new metadata, through the same
                                            refusals as any change

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

tm VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm adopt 1`] = `
Usage: tm adopt [--discovery FILE] [--lock-timeout MS] -- MUTATOR [ARGUMENTS]

Make copied regions those of the VG that discover import-clone has labelled.

The regions hold the metadata of the VG that was copied; the mutator makes that of the copy. The
mutator reads the metadata on its stdin and gives the new metadata on its stdout; what it is given
it gives back to change nothing, and any exit status but 0 changes nothing either. It is one of the
verbs of manip, or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as its
environment. The word {discovery} in its arguments stands for a file with the discovery document.

Options:
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm expand 1`] = `
Usage: tm expand DEVICE… [--regions N] [--region-size SIZE] [--force] [--no-activate] [--dry-run]
[--discovery FILE] [--lock-timeout MS] -- MUTATOR [ARGUMENTS]

Add devices to the VG, and change the metadata by a mutator, in one transaction.

The devices are labelled and their regions brought to the state of the others before the commit; a
failure takes the labels off again. The mutator learns of the devices from {discovery}. The mutator
reads the metadata on its stdin and gives the new metadata on its stdout; what it is given it gives
back to change nothing, and any exit status but 0 changes nothing either. It is one of the verbs of
manip, or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as its environment.
The word {discovery} in its arguments stands for a file with the discovery document.

Positionals:
  DEVICE  Paths of the devices to add                                                       [string]

Options:
      --regions       Regions on each device (default 1, while fewer than 16 devices have any)
                                                                                            [string]
      --region-size   How long those are (default as the shortest of the VG)                [string]
      --force         Wipe what is on the devices                                          [boolean]
      --no-activate   Touch no dm device                                                   [boolean]
      --dry-run       Give the difference of the metadata and the programs for dm devices; change
                      nothing                                                              [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm history 1`] = `
Usage: tm history [--discovery FILE] [--lock-timeout MS]

List the earlier states of the metadata that the regions still hold.

Options:
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm init 1`] = `
Usage: tm init [--force] [--beside-lvm2] [--dry-run] [--discovery FILE] [--lock-timeout MS] --
MUTATOR [ARGUMENTS]

Format the regions of a VG and write its first metadata.

The members are the devices of the discovery document. The mutator reads the metadata on its stdin
and gives the new metadata on its stdout; what it is given it gives back to change nothing, and any
exit status but 0 changes nothing either. It is one of the verbs of manip, or any command: that runs
without a shell, with PATH, TMPDIR and LANG=C as its environment. The word {discovery} in its
arguments stands for a file with the discovery document.

Options:
      --force         Over regions that are formatted already; what they hold is lost      [boolean]
      --beside-lvm2   Also while LVs of LVM2 are live there: in sectors 1040-2047, which lvm2 seal
                      has cleared                                                          [boolean]
      --dry-run       Refuse what would be refused; change nothing                         [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm read 1`] = `
Usage: tm read [--txid N] [--partial] [--discovery FILE] [--lock-timeout MS]

Verify the VG, then give its metadata.

Options:
      --txid          An earlier state, as replicate history lists them                     [string]
      --partial       Although members are missing, as far as the others agree             [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm recover 1`] = `
Usage: tm recover [--without ID]… [--resync ID]… [--choose TXID[:HASH]] [--no-activate] [--discovery
FILE] [--lock-timeout MS] [-- MUTATOR [ARGUMENTS]]

Finish or undo an interrupted transaction; make labels and dm devices agree with the metadata.

With --without, --resync or --choose it does what nobody but a person can decide. --without goes on
without devices, in a new epoch, after a mutator has told the metadata. --resync takes devices back
that were away. --choose settles a split brain: one of the states that tm verify lists becomes that
of every device, and the others are lost. The mutator reads the metadata on its stdin and gives the
new metadata on its stdout; what it is given it gives back to change nothing, and any exit status
but 0 changes nothing either. It is one of the verbs of manip, or any command: that runs without a
shell, with PATH, TMPDIR and LANG=C as its environment. The word {discovery} in its arguments stands
for a file with the discovery document.

Options:
      --without       Go on without this device (its id), missing or failing (conflicts with
                      --resync, --choose; with -- MUTATOR [ARGUMENTS])                      [string]
      --resync        Bring this device (its id) up to date (conflicts with --without, --choose)
                                                                                            [string]
      --choose        Make this state the VG's (conflicts with --without, --resync)         [string]
      --no-activate   Touch no dm device                                                   [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm reduce 1`] = `
Usage: tm reduce DEVICE… [--no-activate] [--dry-run] [--discovery FILE] [--lock-timeout MS] --
MUTATOR [ARGUMENTS]

Remove devices from the VG, and change the metadata by a mutator, in one transaction.

The mutator has to refuse when the devices are in use. Their labels are wiped after the commit. The
mutator reads the metadata on its stdin and gives the new metadata on its stdout; what it is given
it gives back to change nothing, and any exit status but 0 changes nothing either. It is one of the
verbs of manip, or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as its
environment. The word {discovery} in its arguments stands for a file with the discovery document.

Positionals:
  DEVICE  Paths or ids of the devices to remove                                             [string]

Options:
      --no-activate   Touch no dm device                                                   [boolean]
      --dry-run       Give the difference of the metadata and the programs for dm devices; change
                      nothing                                                              [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm resize 1`] = `
Usage: tm resize DEVICE [--size SIZE] [--no-activate] [--dry-run] [--discovery FILE] [--lock-timeout
MS] -- MUTATOR [ARGUMENTS]

Divide a device of the VG anew that has, or shall have, another size.

Regions at its end go along, and hold the metadata before the label says where they are. The mutator
counts the extents, and has to refuse when those that go are in use; it learns of the device as it
will be from {discovery}. What was interrupted, the same call finishes. The mutator reads the
metadata on its stdin and gives the new metadata on its stdout; what it is given it gives back to
change nothing, and any exit status but 0 changes nothing either. It is one of the verbs of manip,
or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as its environment. The word
{discovery} in its arguments stands for a file with the discovery document.

Positionals:
  DEVICE  Path or id of the device                                                          [string]

Options:
      --size          Its size (default as it is now)                                       [string]
      --no-activate   Touch no dm device                                                   [boolean]
      --dry-run       Give the difference of the metadata and the programs for dm devices; change
                      nothing                                                              [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm restore 1`] = `
Usage: tm restore TXID|previous|FILE [--allow WHAT]… [--no-activate] [--dry-run] [--discovery FILE]
[--lock-timeout MS]

Make old metadata the new metadata, through the same refusals as any change.

Refused (3) is what shrinks or removes an LV without being allowed to, and an LV that could not have
its bytes back: its extents must have been free all the time since. Of a mirror, legs of which that
cannot be said come back to be rebuilt.

Positionals:
  TXID|previous|FILE  A transaction of tm history, previous for the one before the last, or a file
                      with metadata                                                         [string]

Options:
      --allow         Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV               [string]
      --no-activate   Touch no dm device                                                   [boolean]
      --dry-run       Give the difference of the metadata and the programs for dm devices; change
                      nothing                                                              [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm update 1`] = `
Usage: tm update [--no-activate] [--rename NAME] [--dry-run] [--discovery FILE] [--lock-timeout MS]
-- MUTATOR [ARGUMENTS]

Change the metadata by a mutator, and the live dm devices with it.

The mutator reads the metadata on its stdin and gives the new metadata on its stdout; what it is
given it gives back to change nothing, and any exit status but 0 changes nothing either. It is one
of the verbs of manip, or any command: that runs without a shell, with PATH, TMPDIR and LANG=C as
its environment. The word {discovery} in its arguments stands for a file with the discovery
document.

Options:
      --no-activate   Touch no dm device                                                   [boolean]
      --rename        Refuse unless the mutator gives the VG this name                      [string]
      --dry-run       Give the difference of the metadata and the programs for dm devices; change
                      nothing                                                              [boolean]
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > tm > help of tm verify 1`] = `
Usage: tm verify [--discovery FILE] [--lock-timeout MS]

Tell whether the devices make a complete VG, in sync.

Options:
      --discovery     Read the discovery document from FILE instead of stdin                [string]
      --lock-timeout  How long to wait when others have the VG locked (default 10000)       [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help 1`] = `
Usage: volactivate VERB [ARGUMENTS]

Bring device-mapper along with the metadata of a VG.

Commands:
  volactivate desired  Show the dm devices that make the LVs
  volactivate legs     Show what the superblocks of raid1 LVs that are not live say of their legs
  volactivate name     Print the VG's name, as the metadata has it
  volactivate account  Give the new metadata with what is known of its free extents, as it follows
                       from the old
  volactivate observe  Give the new metadata with legs called recovering that a kernel has begun to
                       rebuild
  volactivate claim    Give the old metadata without what it knows of free extents that prepare is
                       going to wipe
  volactivate restore  Give an earlier state as the new metadata, unless it would lose data
  volactivate prepare  Do what nobody sees of a change of the metadata, and give what is left to do
  volactivate commit   Do the rest, once the metadata is committed
  volactivate abort    Undo what prepare has done
  volactivate settle   Make device-mapper agree with the metadata; finish what a crash has left

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

volactivate VERB --help tells more.

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate abort 1`] = `
Usage: volactivate abort

Undo what prepare has done.

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate account 1`] = `
Usage: volactivate account [--old FILE] --new FILE

Give the new metadata with what is known of its free extents, as it follows from the old.

It gives nothing when the new metadata has that already, as what manip makes. Without --old nothing
is known of what free extents hold.

Options:
      --old  The metadata as it is                                                          [string]
      --new  The metadata as it shall be                                                    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate claim 1`] = `
Usage: volactivate claim --old FILE --new FILE [--no-wipe]

Give the old metadata without what it knows of free extents that prepare is going to wipe.

It has to be committed before prepare. It gives nothing when there is nothing to be left out.

Options:
      --old      The metadata as it is                                                      [string]
      --new      The metadata as it shall be                                                [string]
      --no-wipe  Leave what new LVs have on the disks: an earlier state comes back         [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate commit 1`] = `
Usage: volactivate commit

Do the rest, once the metadata is committed.

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate desired 1`] = `
Usage: volactivate desired --metadata FILE --discovery FILE [--lv NAME]… [--partial] [--paths]
[--live FILE]

Show the dm devices that make the LVs.

Options:
      --metadata   The VG's metadata                                                        [string]
      --discovery  The VG's devices (discover find)                                         [string]
      --lv         Only this LV, by name or id                                              [string]
      --partial    Map what is missing to errors, and the LV read-only                     [boolean]
      --paths      Name disks by path instead of major:minor                               [boolean]
      --live       What is live (dmexec state --all): LVs as LVM2 has made them have its names
                                                                                            [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate legs 1`] = `
Usage: volactivate legs --metadata FILE --discovery FILE [--lv NAME]…

Show what the superblocks of raid1 LVs that are not live say of their legs.

Options:
      --metadata   The VG's metadata                                                        [string]
      --discovery  The VG's devices (discover find)                                         [string]
      --lv         Only this LV, by name or id                                              [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate name 1`] = `
Usage: volactivate name --metadata FILE

Print the VG's name, as the metadata has it.

Options:
      --metadata  The VG's metadata                                                         [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate observe 1`] = `
Usage: volactivate observe --old FILE --new FILE --discovery FILE

Give the new metadata with legs called recovering that a kernel has begun to rebuild.

A table that says of a leg that it is to be rebuilt has the kernel begin anew. It gives nothing when
there is no such leg.

Options:
      --old        The metadata as it is                                                    [string]
      --new        The metadata as it shall be                                              [string]
      --discovery  The VG's devices (discover find)                                         [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate prepare 1`] = `
Usage: volactivate prepare --old FILE --new FILE --discovery FILE [--no-activate] [--no-wipe]
[--dry-run]

Do what nobody sees of a change of the metadata, and give what is left to do.

Refuses (3) what would lose data. The result goes to commit once the metadata is committed, or to
abort.

Options:
      --old          The metadata as it is                                                  [string]
      --new          The metadata as it shall be                                            [string]
      --discovery    The VG's devices (discover find)                                       [string]
      --no-activate  Refuse what would need a change of a dm device; activate nothing      [boolean]
      --no-wipe      Leave what new LVs have on the disks: an earlier state comes back     [boolean]
      --dry-run      Change nothing; also give what would have been done now               [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate restore 1`] = `
Usage: volactivate restore --old FILE --earlier FILE [--allow WHAT]…

Give an earlier state as the new metadata, unless it would lose data.

An LV comes back only with its own bytes: refused (3) are LVs whose extents were not free all the
time since, and whatever shrinks or removes an LV that is there. Legs of mirrors that cannot be
believed come back to be rebuilt.

Options:
      --old      The metadata as it is                                                      [string]
      --earlier  The metadata that shall come back                                          [string]
      --allow    Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV                    [string]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`

exports[`test/applets/contract.test.ts > TAP > volactivate > help of volactivate settle 1`] = `
Usage: volactivate settle --metadata FILE --discovery FILE [--lv NAME]… [--activate] [--deactivate]
[--partial] [--degraded] [--dry-run]

Make device-mapper agree with the metadata; finish what a crash has left.

Options:
      --metadata    The VG's metadata                                                       [string]
      --discovery   The VG's devices (discover find)                                        [string]
      --lv          Only this LV, by name or id                                             [string]
      --activate    Bring LVs up: those named, else all that are activated by default (conflicts
                    with --deactivate)                                                     [boolean]
      --deactivate  Take LVs down: those named, else all (conflicts with --activate)       [boolean]
      --partial     Map what is missing to errors, and the LV read-only                    [boolean]
      --degraded    Bring up LVs without their stale legs                                  [boolean]
      --dry-run     Show the programs; change nothing                                      [boolean]

Everywhere:
  -c, --config       Read the config from FILE                                              [string]
  -v, --verbose      Tell more on stderr                                                   [boolean]
      --json-errors  Report a failure as one line of JSON on stderr                        [boolean]
      --trace        Keep every document taken in and given out in DIR                      [string]
      --now          Take TIME (ISO 8601) for the current time, for tests                   [string]
      --seed         Derive all ids and random numbers from TEXT, for tests                 [string]
  -h, --help         Show help                                                             [boolean]
      --version      Show the version                                                      [boolean]

`
