// A browser with a person who signs in and allows, in place of the system's.
import type { OpenBrowser } from "@loopkey/core";
import { createPerson, type PersonOptions } from "@loopkey/example-identity-provider";

export function browserOf(person: PersonOptions): OpenBrowser {
  return async (url) => {
    const redirect = await createPerson(person).follow(url);
    // The page comes when the session is saved: nobody waits for it here.
    fetch(redirect).then(
      (page) => page.text(),
      () => {},
    );
  };
}
