import type { Endings } from "../../port/ending.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export const hostEnding: Endings = {
  asked: () =>
    new Promise((resolve) => {
      const told = () => {
        for (const signal of SIGNALS) process.off(signal, told);
        resolve();
      };
      for (const signal of SIGNALS) process.on(signal, told);
    }),
};
