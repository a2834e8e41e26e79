// Files of tools, changed so that nothing of what is there is lost.
import { chmod, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AuthError } from "@loopkey/core/light";
import { replaceFile } from "@loopkey/node-adapter";
import type { Step } from "../step.js";

type Of<Kind extends Step["kind"]> = Step & { readonly kind: Kind };

/** Whether the file was changed. */
export async function addText({ path, text, clash }: Of<"text">): Promise<boolean> {
  const now = (await readIfThere(path)) ?? "";
  if (`\n${now}\n`.includes(`\n${text}\n`)) return false;
  if (clash.test(now)) throw taken(path, "it has a setting of that kind already");
  const start = now === "" || now.endsWith("\n") ? now : `${now}\n`;
  await replace(path, `${start}${text}\n`);
  return true;
}

export async function setMember({ path, member, value, beside = {} }: Of<"json">): Promise<boolean> {
  const now = await readIfThere(path);
  const root = parse(now, path);
  let object = root;
  for (const name of member.slice(0, -1)) {
    const next = object[name] ?? (object[name] = name === member.at(-2) ? { ...beside } : {});
    if (typeof next !== "object" || next === null || Array.isArray(next))
      throw taken(path, `its ${JSON.stringify(name)} is no object`);
    object = next as Record<string, unknown>;
  }
  const last = member.at(-1)!;
  if (object[last] === value) return false;
  if (object[last] !== undefined) throw taken(path, `it has another ${member.join(".")}`);
  object[last] = value;
  const indent = /^[ \t]+(?=")/m.exec(now ?? "")?.[0] ?? "  ";
  await replace(path, `${JSON.stringify(root, null, indent)}\n`);
  return true;
}

/** `text`: of the program. One that is there and is not ours stays. */
export async function writeProgram(path: string, text: string, mark: string): Promise<boolean> {
  const now = await readIfThere(path);
  if (now === text) return false;
  if (now !== undefined && !now.includes(mark)) throw taken(path, "another program is there");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return true;
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link stays one: many keep these files elsewhere.
  const file = await realpath(path).catch(() => path);
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => undefined,
  );
  await replaceFile(file, Buffer.from(text), process.platform);
  if (mode !== undefined) await chmod(file, mode);
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
