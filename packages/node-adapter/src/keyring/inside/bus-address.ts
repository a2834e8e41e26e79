// Where the D-Bus session is that the environment names: sockets as node:net takes them, in the order they are to be tried.
import { join } from "node:path";
import type { Environment } from "../../ground/environment.js";

/** None where it is reached in another way than by a Unix socket. An abstract one begins with a zero byte. */
export function busSockets({
  DBUS_SESSION_BUS_ADDRESS: list,
  XDG_RUNTIME_DIR: folder,
}: Environment): string[] {
  if (!list) return folder ? [join(folder, "bus")] : [];
  return list.split(";").flatMap((address) => {
    const [, path] = /^unix:(?:[^;]*,)?path=([^,;]+)/.exec(address) ?? [];
    const [, abstract] = /^unix:(?:[^;]*,)?abstract=([^,;]+)/.exec(address) ?? [];
    if (path !== undefined) return [unescaped(path)];
    return abstract === undefined ? [] : [`\0${unescaped(abstract)}`];
  });
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
