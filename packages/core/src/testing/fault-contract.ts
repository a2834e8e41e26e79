// What must come of every fault of the fake server, as cases for any test runner and any ports.
import type { ContractCase } from "./contract-case.js";
import type { FaultArea } from "./fake-server/faults/fault.js";
import { FAULT_NAMES, FAULTS, type FaultName } from "./fake-server/faults/list.js";
import { meetAtRefresh, meetAtSignOut, meetAtUserInfo } from "./fault-contract/session-faults.js";
import type { FaultSetting } from "./fault-contract/setting.js";
import { meetAtSignIn } from "./fault-contract/sign-in-faults.js";

export type { FaultSetting, SeenPage } from "./fault-contract/setting.js";

export interface FaultCase extends ContractCase {
  readonly fault: FaultName;
  /** The fault's name, and `, while signed in` for the case that begins with a session. */
  readonly id: string;
}

/**
 * One case or two for each fault: the call that meets it ends as documented and in time; the store is untouched unless it
 * went well; no rule was broken and nothing reached another origin; no secret is in an error, a state or a notice; the
 * browser was told the truth; and afterwards the session from before is still there, or one can sign in.
 */
export function faultContract(create: (fault: FaultName) => Promise<FaultSetting>): readonly FaultCase[] {
  return FAULT_NAMES.flatMap((fault) => {
    const { area, description, ends } = FAULTS[fault];
    const contract = (when: string, meet: (setting: FaultSetting) => Promise<void>): FaultCase => ({
      fault,
      id: fault + when,
      name: `${fault}${when}: ${ends}. ${description}`,
      async run() {
        const setting = await create(fault);
        try {
          await meet(setting);
        } finally {
          await setting.close();
        }
      },
    });
    const meet = MEETINGS[area];
    if (meet) return [contract("", (setting) => meet(fault, setting))];
    return [
      contract("", (setting) => meetAtSignIn(fault, setting, false)),
      contract(", while signed in", (setting) => meetAtSignIn(fault, setting, true)),
    ];
  });
}

/** What meets the faults of an area; a sign-in meets all others. */
const MEETINGS: Partial<Record<FaultArea, (name: FaultName, setting: FaultSetting) => Promise<void>>> = {
  refresh: meetAtRefresh,
  userinfo: meetAtUserInfo,
  revocation: (name, setting) => meetAtSignOut(name, setting, "revocation"),
  logout: (name, setting) => meetAtSignOut(name, setting, "endSession"),
};
