// Every fault the fake server knows, by name.
import { authorizationFaults } from "./authorization.js";
import { deviceFaults } from "./device.js";
import { discoveryFaults } from "./discovery.js";
import { dpopFaults } from "./dpop.js";
import type { Fault } from "./fault.js";
import { idTokenFaults } from "./id-token.js";
import { jwksFaults } from "./jwks.js";
import { parFaults } from "./par.js";
import { refreshFaults } from "./refresh.js";
import { logoutFaults, revocationFaults } from "./sign-out.js";
import { tokenFaults } from "./token.js";
import { userInfoFaults } from "./userinfo.js";

const ALL = {
  ...discoveryFaults,
  ...jwksFaults,
  ...authorizationFaults,
  ...tokenFaults,
  ...idTokenFaults,
  ...refreshFaults,
  ...userInfoFaults,
  ...revocationFaults,
  ...logoutFaults,
  ...parFaults,
  ...dpopFaults,
  ...deviceFaults,
};

export type FaultName = keyof typeof ALL;

/**
 * What a server can do wrong, and how a client must take it: switch one on with `server.fault`. Each names its area, says
 * in one sentence what is wrong, and how the call ends that meets it.
 */
export const FAULTS: Readonly<Record<FaultName, Fault>> = ALL;

export const FAULT_NAMES = Object.keys(ALL) as readonly FaultName[];

/** What a test may change while the server runs. */
export interface FaultSwitch {
  /** What the server does wrong, see `FAULTS`; each request is answered by what is on then. @default undefined */
  fault: FaultName | readonly FaultName[] | undefined;
}
