// Files of tools, changed so that nothing of what is there is lost.
import { chmod, mkdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { replaceFile } from "@loopkey/node-adapter";
import type { Step } from "../step.js";

type Of<Kind extends Step["kind"]> = Step & { readonly kind: Kind };

/** Whether the file was changed. */
export async function addText({ path, text, clash }: Of<"text">): Promise<boolean> {
  const found = (await readIfThere(path)) ?? "";
  const now = found.replaceAll("\r\n", "\n");
  if (`\n${now}\n`.includes(`\n${text}\n`)) return false;
  if (clash.test(now)) throw taken(path, "it has a setting of that kind already");
  const [end] = /\r?\n/.exec(found) ?? ["\n"];
  const start = found === "" || found.endsWith("\n") ? found : `${found}${end}`;
  await replace(path, `${start}${text.replaceAll("\n", end)}${end}`);
  return true;
}

export async function setMember({ path, member, value, beside = {} }: Of<"json">): Promise<boolean> {
  const found = await readIfThere(path);
  const root = parse(found, path);
  let object = root;
  for (const name of member.slice(0, -1)) {
    const next = own(object, name) ?? put(object, name, name === member.at(-2) ? { ...beside } : {});
    if (typeof next !== "object" || next === null || Array.isArray(next))
      throw taken(path, `its ${JSON.stringify(name)} is no object`);
    object = next as Record<string, unknown>;
  }
  const last = member.at(-1)!;
  const now = own(object, last);
  if (now === value) return false;
  if (now !== undefined) throw taken(path, `it has another ${member.join(".")}`);
  put(object, last, value);
  const indent = /^[ \t]+(?=")/m.exec(found ?? "")?.[0] ?? "  ";
  await replace(path, `${JSON.stringify(root, null, indent)}\n`);
  return true;
}

/** `text`: of the program. One that is there and is not ours stays. */
export async function writeProgram(path: string, text: string, mark: string): Promise<boolean> {
  const now = await readIfThere(path);
  if (now === text) return false;
  if (now !== undefined && !now.includes(mark)) throw taken(path, "another program is there");
  await replace(path, text, 0o755);
  return true;
}

/** `mode`: in the place of the one that it has. */
async function replace(path: string, text: string, mode?: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await target(path);
    const kept = mode ?? (await modeOf(file));
    await replaceFile(file, Buffer.from(text), process.platform);
    if (kept !== undefined) await chmod(file, kept);
  } catch (error) {
    throw taken(path, (error as Error).message, error);
  }
}

/** A link stays one, for many keep these files elsewhere: one that leads to nothing yet, too. */
async function target(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const next = await readlink(path).catch(() => undefined);
    return next === undefined ? path : resolve(await realpath(dirname(path)), next);
  }
}

async function modeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => found.mode & 0o777,
    () => undefined,
  );
}

function put<Value>(object: Record<string, unknown>, name: string, value: Value): Value {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** A host may be called as every object's own members are. */
function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function parse(text: string | undefined, path: string): Record<string, unknown> {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw taken(path, "it is not JSON", error);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw taken(path, "it is not a JSON object");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw taken(path, (error as Error).message, error);
  }
}

function taken(path: string, why: string, cause?: unknown): AuthError {
  return new AuthError("invalid_config", `${path} is left as it is: ${why.replace(/\.$/, "")}.`, {
    detail: "setup",
    hint: 'Put the lines that "loopkey setup" prints without --write where they belong.',
    cause,
  });
}
