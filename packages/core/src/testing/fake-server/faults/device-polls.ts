// Faults of the polls of a device (RFC 8628 3.5): each ends the sign-in, or is waited out.
import { encodeParts } from "../../jwt.js";
import { effectsAt } from "./effects.js";
import { fault, type Effect, type Endpoint, type FaultEnd, type FaultInArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const poll = effectsAt("poll");

/** Ends at the first poll that meets it. */
const atPoll = (each: FaultInArea): FaultInArea => ({ ...each, within: "polls" });

/** Goes on until the time is up. */
const passing = (each: FaultInArea): FaultInArea => ({ ...each, within: "sign-in", mayFollow: ["poll"] });

const pollRefused = (status: number, error: string, description: string, ends: FaultEnd) =>
  fault(
    ends,
    description,
    poll.answer({ status, body: { error, error_description: "The server says why." } }),
  );

function atPolls<Name extends string>(
  faults: Readonly<Record<Name, FaultInArea>>,
): Readonly<Record<Name, FaultInArea>> {
  const ended = Object.entries<FaultInArea>(faults).map(([name, each]) => [
    name,
    each.ends === "timed_out" ? passing(each) : atPoll(each),
  ]);
  return Object.fromEntries(ended) as Record<Name, FaultInArea>;
}

/** Once, then the server is as it should be. */
const once = (error: string, status: number, description: string): FaultInArea =>
  atPoll(
    fault("works", description, {
      at: "poll",
      instead: (_, __, nth) => (nth === 1 ? { response: Response.json({ error }, { status }) } : undefined),
    }),
  );

/** From here on the next poll is too fast, and the server counts the longer pause. */
function slowsDown(at: Endpoint): Effect {
  return {
    at,
    async change(response, { switches }) {
      switches.slowDowns = 1;
      return response;
    },
  };
}

export const pollFaults = {
  ...atPolls(
    transportFaults("poll", "poll", "The answer to a poll", {
      passing: "timed_out",
      broken: "invalid_response",
    }),
  ),
  "poll-pending": passing(pollRefused(400, "authorization_pending", "Nobody ever decides.", "timed_out")),
  "poll-slow-down": passing(
    fault("timed_out", "Every poll came too fast.", slowsDown("device"), slowsDown("poll")),
  ),
  "poll-slow-down-once": once("slow_down", 400, "The first poll came too fast."),
  "poll-500-once": once("server_error", 500, "The server fails once."),
  "poll-503-once": once("temporarily_unavailable", 503, "The server is busy once."),
  "poll-pending-429-once": once("slow_down", 429, "The first poll came too fast, with status 429."),
  "poll-denied": atPoll(pollRefused(400, "access_denied", "The person denies.", "access_denied")),
  "poll-denied-403": atPoll(
    pollRefused(403, "access_denied", "The person denies, with 403.", "access_denied"),
  ),
  "poll-expired": atPoll(pollRefused(400, "expired_token", "The code has expired.", "timed_out")),
  "poll-invalid-grant": atPoll(
    pollRefused(400, "invalid_grant", "The code is refused.", "authorization_failed"),
  ),
  "poll-invalid-client": atPoll(
    pollRefused(401, "invalid_client", "The client is refused.", "authorization_failed"),
  ),
  "poll-unknown-error": atPoll(
    pollRefused(400, "something_of_their_own", "The error is one nobody knows.", "authorization_failed"),
  ),
  "poll-400-empty": atPoll(
    fault("invalid_response", "The answer is 400 without a body.", poll.answer({ status: 400 })),
  ),
  "poll-error-echo": atPoll(
    fault("authorization_failed", "The error's description repeats the device code.", {
      at: "poll",
      instead: (_, { body }) => ({
        response: Response.json(
          { error: "invalid_request", error_description: `no such code: ${body.get("device_code")}` },
          { status: 400 },
        ),
      }),
    }),
  ),
  "poll-type-mac": atPoll(
    fault("invalid_response", "The token type is mac.", poll.members({ token_type: "mac" })),
  ),
  "poll-type-dpop": atPoll(
    fault(
      "invalid_response",
      "The token type is DPoP, and no proof was sent.",
      poll.members({ token_type: "DPoP" }),
    ),
  ),
  "poll-access-missing": atPoll(
    fault("invalid_response", "There is no access token.", poll.members({ access_token: undefined })),
  ),
  "poll-id-token-missing": atPoll(
    fault(
      "invalid_response",
      "There is no ID token, though openid was asked for.",
      poll.members({ id_token: undefined }),
    ),
  ),
  "poll-id-token-aud-other": atPoll(
    fault("id_token_invalid", "The ID token is for another client.", poll.claims({ aud: "other" })),
  ),
  "poll-id-token-iss-other": atPoll(
    fault(
      "id_token_invalid",
      "The ID token is of another issuer.",
      poll.claims({ iss: "https://evil.example" }),
    ),
  ),
  "poll-id-token-alg-none": atPoll(
    fault(
      "id_token_invalid",
      "The ID token is not signed.",
      poll.idToken((parts) => `${encodeParts({ alg: "none" }, parts.claims)}.`),
    ),
  ),
  "poll-id-token-other-key": {
    ...atPoll(
      fault(
        "id_token_invalid",
        "The ID token is signed by another key under the same name.",
        poll.idToken(({ header, claims }, { stranger }) => stranger.sign(claims, { kid: header["kid"] })),
      ),
    ),
    mayFollow: ["jwks" as const],
  },
};
