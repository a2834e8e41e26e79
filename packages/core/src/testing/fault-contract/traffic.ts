// Whether a client is at work or waits for a time to come: virtual time must not pass while it works.
import type { AuthPorts, RequestInitOfAny } from "../../ports/ports.js";

export interface Traffic {
  /** The same ports, watched. */
  watch(ports: AuthPorts): AuthPorts;
  /** A request is under way, or what it brought is still being looked at: no timer was armed since. */
  isBusy(): boolean;
}

export function watchTraffic(): Traffic {
  let underWay = 0;
  let armedSince = false;
  return {
    isBusy: () => underWay > 0 || !armedSince,
    watch(ports) {
      const { fetch, clock } = ports;
      return {
        ...ports,
        clock: {
          now: () => clock.now(),
          clearTimeout: (timer) => clock.clearTimeout(timer),
          setTimeout(callback, ms, options) {
            armedSince = true;
            return clock.setTimeout(callback, ms, options);
          },
        },
        ...(fetch
          ? {
              async fetch(input: string, init?: RequestInitOfAny) {
                underWay++;
                try {
                  return await fetch(input, init);
                } finally {
                  underWay--;
                  armedSince = false;
                }
              },
            }
          : {}),
      };
    },
  };
}
