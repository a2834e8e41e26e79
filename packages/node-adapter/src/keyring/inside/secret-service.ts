// What the keyring's library cannot tell: whether the Secret Service would ask a person before it gives an entry.
import { arrayType, dictEntryType, stringType } from "d-bus-type-system";
import type { EntryName, Obstacle } from "../backend.js";
import { withSessionBus, type BusCall, type CallOnBus, type SessionBusOptions } from "./session-bus.js";

const SECRETS = { destination: "org.freedesktop.secrets", path: "/org/freedesktop/secrets" };
const SERVICE = { ...SECRETS, interface: "org.freedesktop.Secret.Service" };

/**
 * By its properties first: KeePassXC asks a person to open a database as soon as anything is looked for while all are closed,
 * and looks into open ones alone. gnome-keyring finds locked entries too, and says so. Undefined as well where there is no session that
 * could be asked: the library finds no more there, and says so.
 */
export function obstacleTo(
  entries: readonly EntryName[],
  options: SessionBusOptions,
): Promise<Obstacle | undefined> {
  return withSessionBus(async (call) => {
    // Where new entries go, and so where ours is.
    const [collection] = await call(readAlias("default"));
    if (typeof collection !== "string" || collection === "/") return "no_collection";
    if (await isLocked(call, collection)) return "locked";
    for (const entry of entries) {
      // oxlint-disable-next-line no-await-in-loop
      const [, locked] = await call(searchItems(entry));
      if (!Array.isArray(locked) || locked.length > 0) return "locked";
    }
    return undefined;
  }, options);
}

async function isLocked(call: CallOnBus, collection: string): Promise<boolean> {
  const [variant] = await call({
    ...SECRETS,
    path: collection,
    interface: "org.freedesktop.DBus.Properties",
    member: "Get",
    types: [stringType, stringType],
    args: ["org.freedesktop.Secret.Collection", "Locked"],
  });
  // Its type, and its value.
  return !Array.isArray(variant) || variant[1] !== false;
}

function readAlias(name: string): BusCall {
  return { ...SERVICE, member: "ReadAlias", types: [stringType], args: [name] };
}

/** By the attributes under which the library keeps an entry. */
function searchItems({ service, account }: EntryName): BusCall {
  const attributes = [
    ["service", service],
    ["username", account],
  ];
  const types = [arrayType(dictEntryType(stringType, stringType))] as const;
  return { ...SERVICE, member: "SearchItems", types, args: [attributes] };
}
