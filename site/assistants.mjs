// llms.txt, for who reads by machine: each page with the sentence that it begins with, and the page itself as Markdown.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const HEAD =
  "# Loopkey\n\n> Signs people in to native apps (CLIs, Electron apps, anything on a person's own machine): OAuth 2.0 and OpenID Connect " +
  "by RFC 8252, as a TypeScript library around an explicit state machine.\n\n";

/** The list of `chapters`, and of each of `all` pages the Markdown that `read` gives, to `folder`. */
export function writeForAssistants(chapters, all, read, folder) {
  const lists = chapters.map(({ title, pages }) => {
    const lines = pages.map(
      ([text, path]) => `- [${text}](${path}.md): ${openingSentence(path, read(path))}`,
    );
    return `## ${title}\n\n${lines.join("\n")}\n`;
  });
  for (const path of all) {
    mkdirSync(dirname(`${folder}/${path}.md`), { recursive: true });
    writeFileSync(`${folder}/${path}.md`, read(path));
  }
  writeFileSync(`${folder}/llms.txt`, HEAD + lists.join("\n"));
}

/** What a page is for: the sentence below its title. A page without one fails the build. */
export function openingSentence(path, text) {
  const paragraph = /^# .+\n\n([A-Z`].+(?:\n.+)*)/.exec(text)?.[1]?.replaceAll("\n", " ") ?? "";
  const sentence = /^[^:?!]*?\.(?= |$)/.exec(paragraph)?.[0];
  if (sentence === undefined || sentence.length > 250)
    throw new Error(
      `docs/${path}.md does not begin with a sentence, below its title, that says what it is for: "${paragraph.slice(0, 100)}"`,
    );
  return sentence.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
