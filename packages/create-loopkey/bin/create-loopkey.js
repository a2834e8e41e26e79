#!/usr/bin/env node
// npm create loopkey: copies a template into a new folder, with the names that were given. It asks no network, and installs nothing.
import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const USAGE = `Usage: npm create loopkey@latest <folder> -- [--template cli|electron] [--issuer <url>] [--client-id <id>]`;
const templates = fileURLToPath(new URL("../templates", import.meta.url));
const EXAMPLE_ISSUER = "https://id.example.com";

/** Of whoever typed it: the exit code is 2. */
class Mistake extends Error {}

try {
  await create(given());
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof Mistake ? 2 : 1;
}

async function create({ folder, template, issuer, clientId }) {
  const name = basename(folder);
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    throw new Mistake(`"${name}" cannot name a package. Write a-z 0-9 . _ - such as my-notes.`);
  if ((await readdir(folder).catch(() => [])).length > 0)
    throw new Mistake(`${folder} is not empty. Name a folder that is not there yet.`);
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  await mkdir(folder, { recursive: true });
  await cp(join(templates, template), folder, { recursive: true });
  // npm leaves a file of its real name out of what it packs.
  await rename(join(folder, "_gitignore"), join(folder, ".gitignore"));
  const words = {
    NAME: name,
    ISSUER: issuer ?? EXAMPLE_ISSUER,
    CLIENT_ID: clientId ?? name,
    VERSION: version,
  };
  await fillIn(folder, words);
  const next = [`cd ${relative(process.cwd(), folder) || "."}`, "npm install"];
  next.push(...(template === "cli" ? ["npm run build", "npm start -- login"] : ["npm start"]));
  process.stdout.write(`${name} is in ${folder}. Next:\n\n  ${next.join("\n  ")}\n\n`);
  process.stdout.write(
    issuer === undefined || clientId === undefined
      ? "src/settings.ts names the server and the client: fill it in first. README.md says what to register.\n"
      : "README.md says what to register at the server.\n",
  );
}

/** Each `__NAME__` in each file becomes the word, as it is written in a string. */
async function fillIn(folder, words) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "utf8");
    const filled = text.replaceAll(/__([A-Z_]+?)__/g, (all, word) =>
      word in words ? JSON.stringify(words[word]).slice(1, -1) : all,
    );
    if (filled !== text) await writeFile(path, filled);
  }
}

function given() {
  const { values, positionals } = parsed();
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  if (positionals.length !== 1) throw new Mistake(`One folder is needed.\n${USAGE}`);
  const { template, issuer, "client-id": clientId } = values;
  if (template !== "cli" && template !== "electron")
    throw new Mistake(`There is no template "${template}": cli or electron.\n${USAGE}`);
  if (issuer !== undefined && !isUsable(issuer))
    throw new Mistake(
      `--issuer is the https address of your server, such as ${EXAMPLE_ISSUER}, and not "${issuer}".`,
    );
  if (clientId === "") throw new Mistake("--client-id is empty: write what the server calls your app.");
  return { folder: resolve(positionals[0]), template, issuer, clientId };
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        template: { type: "string", short: "t", default: "cli" },
        issuer: { type: "string" },
        "client-id": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Mistake(`${error.message}\n${USAGE}`);
  }
}

/** A server on this machine may do without TLS (RFC 8252 8.3 has the same of redirects). */
function isUsable(issuer) {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname } = new URL(issuer);
  return (
    protocol === "https:" || (protocol === "http:" && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname))
  );
}
