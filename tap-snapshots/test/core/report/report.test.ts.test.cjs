/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > dm as a table 1`] = `
name               dev    lv    component  state   table   health  targets    size  open
vg0-lv9            254:0  lv9              active  agrees  -       linear   24 MiB     1
vg0-safe-rmeta_0   254:1  safe  rmeta_0    active  agrees  -       linear    4 MiB     1
vg0-safe-rimage_0  254:2  safe  rimage_0   active  agrees  -       linear   12 MiB     1
vg0-safe-rmeta_1   254:3  safe  rmeta_1    active  agrees  -       linear    4 MiB     1
vg0-safe-rimage_1  254:4  safe  rimage_1   active  agrees  -       linear   12 MiB     1
vg0-safe           254:5  safe             active  agrees  Aa      raid     12 MiB     1

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > lv as a table 1`] = `
name  type       size  legs  stripes  state     sync  availability  devices            tags
lv9   linear   24 MiB     1        1  active       -  complete      /dev/sda,/dev/sdb
lv10  striped  32 MiB     1        2  inactive     -  complete      /dev/sda,/dev/sdb  old
safe  raid1    12 MiB     2        1  active    25.0  degraded      /dev/sdb,/dev/sdc  demo,db

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > lv as CSV 1`] = `
name,id,vg,type,size,extents,legs,stripes,segments,state,sync,health,fill,metaFill,dirty,availability,mismatches,problems,blockBytes,legStates,devices,pvs,missing,access,activate,open,dm,known,work,tags
lv9,1111111111111111111111111111111f,vg0,linear,49152,6,1,1,2,active,,,,,,complete,,,512,,/dev/sda /dev/sdb,11111111111111111111111111111111 22222222222222222222222222222222,,rw,true,1,vg0-lv9,true,,
lv10,2222222222222222222222222222222f,vg0,striped,65536,8,1,2,1,inactive,,,,,,complete,,,512,,/dev/sda /dev/sdb,11111111111111111111111111111111 22222222222222222222222222222222,,ro,false,0,,true,,old
safe,3333333333333333333333333333333f,vg0,raid1,24576,3,2,1,1,active,25,Aa,,,,degraded,0,leg-syncing,512,current rebuild,/dev/sdb /dev/sdc,22222222222222222222222222222222 33333333333333333333333333333333,,rw,true,1,vg0-safe,true,,demo db

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > map of lv 1`] = `
/dev/sda: 16 extents of 4 MiB, 8 free
  [aaaa....bbbb....]
  a  0-3   lv9
  .  4-7   free
  b  8-11  lv10 stripe 0
  . 12-15  free

/dev/sdb: 16 extents of 4 MiB, 6 free
  [bbbbcccc......aa]
  b  0-3   lv10 stripe 1
  c  4-4   safe rmeta_0
  c  5-7   safe rimage_0
  .  8-13  free
  a 14-15  lv9

/dev/sdc: 16 extents of 4 MiB, 12 free
  [cccc............]
  c  0-0   safe rmeta_1, rebuild
  c  1-3   safe rimage_1, rebuild
  .  4-15  free

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > map of one LV 1`] = `
/dev/sda: 16 extents of 4 MiB, 8 free
  [####....####....]
  #  0-3   lv9
  .  4-7   free
  #  8-11  lv10 stripe 0
  . 12-15  free

/dev/sdb: 16 extents of 4 MiB, 6 free
  [####aaaa......##]
  #  0-3   lv10 stripe 1
  a  4-4   safe rmeta_0
  a  5-7   safe rimage_0
  .  8-13  free
  # 14-15  lv9

33333333333333333333333333333333: 16 extents of 4 MiB, 12 free, missing
  [aaaa............]
  a  0-0   safe rmeta_1, missing
  a  1-3   safe rimage_1, missing
  .  4-15  free

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > map of pv 1`] = `
/dev/sda: 16 extents of 4 MiB, 8 free
  [aaaa....bbbb....]
  a  0-3   lv9
  .  4-7   free
  b  8-11  lv10 stripe 0
  . 12-15  free

/dev/sdb: 16 extents of 4 MiB, 6 free
  [bbbbcccc......aa]
  b  0-3   lv10 stripe 1
  c  4-4   safe rmeta_0
  c  5-7   safe rimage_0
  .  8-13  free
  a 14-15  lv9

/dev/sdc: 16 extents of 4 MiB, 12 free
  [cccc............]
  c  0-0   safe rmeta_1, rebuild
  c  1-3   safe rimage_1, rebuild
  .  4-15  free

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > map of vg 1`] = `
/dev/sda: 16 extents of 4 MiB, 8 free
  [aaaa....bbbb....]
  a  0-3   lv9
  .  4-7   free
  b  8-11  lv10 stripe 0
  . 12-15  free

/dev/sdb: 16 extents of 4 MiB, 6 free
  [bbbbcccc......aa]
  b  0-3   lv10 stripe 1
  c  4-4   safe rmeta_0
  c  5-7   safe rimage_0
  .  8-13  free
  a 14-15  lv9

/dev/sdc: 16 extents of 4 MiB, 12 free
  [cccc............]
  c  0-0   safe rmeta_1, rebuild
  c  1-3   safe rimage_1, rebuild
  .  4-15  free

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > pv as a table 1`] = `
path      state      size    free    used  lvs            tags
/dev/sda  present  64 MiB  32 MiB  32 MiB  lv9,lv10       ssd,hall2
/dev/sdb  present  64 MiB  24 MiB  40 MiB  lv10,safe,lv9
/dev/sdc  present  64 MiB  48 MiB  16 MiB  safe

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > seg as a table 1`] = `
lv    component  type     start  extents    size  stripe  device    pvStart  pvExtents
lv9              linear       0        4  16 MiB       -  /dev/sda        0          4
lv9              linear       4        2   8 MiB       -  /dev/sdb       14          2
lv10             striped      0        8  32 MiB       0  /dev/sda        8          4
lv10             striped      0        8  32 MiB       1  /dev/sdb        0          4
safe             raid1        0        3  12 MiB       -  -               -          -
safe  rimage_0   linear       0        3  12 MiB       -  /dev/sdb        5          3
safe  rmeta_0    linear       0        1   4 MiB       -  /dev/sdb        4          1
safe  rimage_1   linear       0        3  12 MiB       -  /dev/sdc        1          3
safe  rmeta_1    linear       0        1   4 MiB       -  /dev/sdc        0          1

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > tree of dm 1`] = `
vg0-lv9: linear, active
├─ /dev/sda
└─ /dev/sdb
vg0-safe: raid, active, Aa
├─ vg0-safe-rmeta_0: linear, active
│  └─ /dev/sdb
├─ vg0-safe-rimage_0: linear, active
│  └─ /dev/sdb
├─ vg0-safe-rmeta_1: linear, active
│  └─ /dev/sdc
└─ vg0-safe-rimage_1: linear, active
   └─ /dev/sdc

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > tree of lv 1`] = `
lv9: linear, 24 MiB, active
├─ /dev/sda [0-3]
└─ /dev/sdb [14-15]
lv10: striped, 32 MiB, inactive
├─ stripe 0: /dev/sda [8-11]
└─ stripe 1: /dev/sdb [0-3]
safe: raid1, 12 MiB, active, 25.0 % in sync, degraded
├─ rimage_0
│  └─ /dev/sdb [5-7]
├─ rmeta_0
│  └─ /dev/sdb [4-4]
├─ rimage_1, rebuild
│  └─ /dev/sdc [1-3]
└─ rmeta_1, rebuild
   └─ /dev/sdc [0-0]

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > tree of pv 1`] = `
/dev/sda: 64 MiB, 32 MiB free
├─ lv9 [0-3]
└─ lv10 stripe 0 [8-11]
/dev/sdb: 64 MiB, 24 MiB free
├─ lv10 stripe 1 [0-3]
├─ safe rmeta_0 [4-4]
├─ safe rimage_0 [5-7]
└─ lv9 [14-15]
/dev/sdc: 64 MiB, 48 MiB free
├─ safe rmeta_1 [0-0], rebuild
└─ safe rimage_1 [1-3], rebuild

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > tree of vg 1`] = `
vg0: 3 PVs, 104 MiB of 192 MiB free, degraded
├─ lv9: linear, 24 MiB, active
│  ├─ /dev/sda [0-3]
│  └─ /dev/sdb [14-15]
├─ lv10: striped, 32 MiB, inactive
│  ├─ stripe 0: /dev/sda [8-11]
│  └─ stripe 1: /dev/sdb [0-3]
└─ safe: raid1, 12 MiB, active, 25.0 % in sync, degraded
   ├─ rimage_0
   │  └─ /dev/sdb [5-7]
   ├─ rmeta_0
   │  └─ /dev/sdb [4-4]
   ├─ rimage_1, rebuild
   │  └─ /dev/sdc [1-3]
   └─ rmeta_1, rebuild
      └─ /dev/sdc [0-0]

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > tree with a PV missing 1`] = `
vg0: 3 PVs, 104 MiB of 192 MiB free, 1 missing, degraded
├─ lv9: linear, 24 MiB, inactive
│  ├─ /dev/sda [0-3]
│  └─ /dev/sdb [14-15]
├─ lv10: striped, 32 MiB, inactive
│  ├─ stripe 0: /dev/sda [8-11]
│  └─ stripe 1: /dev/sdb [0-3]
└─ safe: raid1, 12 MiB, inactive, degraded
   ├─ rimage_0
   │  └─ /dev/sdb [5-7]
   ├─ rmeta_0
   │  └─ /dev/sdb [4-4]
   ├─ rimage_1, missing
   │  └─ 33333333333333333333333333333333 [1-3], missing
   └─ rmeta_1, missing
      └─ 33333333333333333333333333333333 [0-0], missing

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > vg as a table 1`] = `
name     size     free  pvs  lvs  availability  missing  tags
vg0   192 MiB  104 MiB    3    3  degraded            0  site

`

exports[`test/core/report/report.test.ts > TAP > tables, CSV and pictures > with the metadata alone 1`] = `
name  type       size  legs  stripes  state  sync  availability  devices                                                            tags
lv9   linear   24 MiB     1        1  -         -  -             11111111111111111111111111111111,22222222222222222222222222222222
lv10  striped  32 MiB     1        2  -         -  -             11111111111111111111111111111111,22222222222222222222222222222222  old
safe  raid1    12 MiB     2        1  -         -  -             22222222222222222222222222222222,33333333333333333333333333333333  demo,db

`
