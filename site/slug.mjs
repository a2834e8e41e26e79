// The names of headings in an address, as GitHub makes them: a link to one is right in the repository and on the site, or in neither.

export function slugOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** Of a page, in Markdown. One that is there twice has a number the second time. */
export function headingsIn(text) {
  const seen = new Map();
  const slugs = [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const slug = slugOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  return new Set(slugs);
}

export function withoutCode(text) {
  return text.replaceAll(/^ *```[^]*?^ *```/gm, "");
}
