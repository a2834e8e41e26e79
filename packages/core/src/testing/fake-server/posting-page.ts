// A page whose form the browser posts by itself (OAuth 2.0 Form Post Response Mode): how a redirect goes without a query.

/** `address` has in its query what is to be posted. */
export function postingPage(address: string): Response {
  const { origin, pathname, searchParams } = new URL(address);
  const fields = [...searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const form = `<form method="post" action="${escaped(origin + pathname)}">${fields.join("")}</form>`;
  return new Response(`<!doctype html><body onload="document.forms[0].submit()">${form}</body>`, {
    headers: { "content-type": "text/html", "cache-control": "no-store" },
  });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
