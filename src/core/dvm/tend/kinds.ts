import type { DutyKind } from "./duty.ts";
import { finish } from "./finish.ts";
import { grow } from "./grow.ts";
import { legs } from "./legs.ts";
import { mark } from "./mark.ts";
import { merged } from "./merged.ts";
import { recover } from "./recover.ts";
import { returned } from "./return.ts";
import { uncached } from "./uncached.ts";

/**
 * In the order in which they are done: what was cut off comes first, since nothing else can be done before;
 * what frees extents comes before what takes some.
 */
export const dutyKinds: readonly DutyKind[] = [recover, returned, mark, finish, merged, uncached, legs, grow];
