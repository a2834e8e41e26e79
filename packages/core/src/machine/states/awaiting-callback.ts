// The wait for the person: in the browser, with a code on another device, or both.
import { cancelled, somebodyElse, timedOut } from "../names/sign-in-failures.js";
import { baseOver, reviewed } from "../names/elsewhere.js";
import { sessionNames } from "../names/session.js";
import { approval, begun, deviceRequest, renewal, requestInput } from "../names/sign-in.js";
import { failed, known, type AuthContext } from "../vocabulary.js";

// Where somebody may yet open the address: a pushed request does not live as long as the person's time.
const keepingRequestFresh = {
  id: "keepRequestFresh",
  src: "keepRequestFresh",
  input: ({ context }: { readonly context: AuthContext }) => ({ renewal: renewal(begun(context)) }),
} as const;

// The listener lives exactly as long as this state; so does the person's time.
export const awaitingCallback = sessionNames.createStateConfig({
  initial: "probing",
  exit: "endLook",
  invoke: [
    {
      id: "listenForRedirect",
      src: "listenForRedirect",
      input: ({ context }) => ({ attempt: begun(context) }),
    },
    { id: "reviewStored", src: "reviewStored" },
    { id: "awaitDeadline", src: "awaitDeadline", input: ({ context }) => begun(context) },
  ],
  on: {
    listening: { actions: "noteListening" },
    strayed: { actions: "tellStray" },
    requestRenewed: { actions: { type: "noteRequest", params: ({ event }) => event.request } },
    redirected: [
      { guard: "grantsCode", target: "exchanging", actions: ["noteRedirect", "noteResponse"] },
      { guard: "isRequested", target: "givingUp", actions: ["noteRedirect", "noteResponse"] },
    ],
    listenFailed: { target: "givingUp", actions: { type: "noteFailure", params: failed } },
    deadlinePassed: { target: "givingUp", actions: { type: "noteFailure", params: timedOut } },
    cancel: { target: "givingUp", actions: { type: "noteFailure", params: cancelled } },
    // The person is busy signing in, and goes on; what was done elsewhere decides what that is on top of.
    changedElsewhere: { actions: "beginLook" },
    reviewed: [
      // There is nothing left to strengthen.
      {
        guard: { type: "isStepUpOver", params: reviewed },
        target: "givingUp",
        actions: [{ type: "noteFailure", params: baseOver }, "forgetSession"],
      },
      { guard: { type: "isBaseOver", params: reviewed }, actions: ["endLook", "forgetSession"] },
      {
        guard: { type: "isBaseFound", params: reviewed },
        actions: ["endLook", { type: "noteRestored", params: reviewed }],
      },
      {
        guard: { type: "isReplacedElsewhere", params: reviewed },
        actions: ["endLook", { type: "adoptStored", params: reviewed }, "tellAdopted"],
      },
      { actions: ["endLook", { type: "tellCorrupt", params: reviewed }] },
    ],
  },
  states: {
    // Nobody should sign in only to learn that the session cannot be kept: store and lock are tried first.
    probing: {
      invoke: {
        id: "probeKeeping",
        src: "probeKeeping",
        onDone: "discovering",
        onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
      },
    },
    discovering: {
      invoke: {
        id: "discoverServer",
        src: "discoverServer",
        onDone: [
          {
            guard: "asksForDeviceCode",
            target: "requestingDeviceCode",
            actions: { type: "noteServer", params: ({ event }) => event.output },
          },
          { target: "binding", actions: { type: "noteServer", params: ({ event }) => event.output } },
        ],
        onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
      },
    },
    binding: {
      always: { guard: "isListening", target: "requesting" },
    },
    requesting: {
      invoke: {
        id: "buildRequest",
        src: "buildRequest",
        input: ({ context }) => requestInput(begun(context)),
        onDone: [
          {
            guard: "opensBrowser",
            target: "opening",
            actions: { type: "noteRequest", params: ({ event }) => event.output },
          },
          { target: "waiting", actions: { type: "noteRequest", params: ({ event }) => event.output } },
        ],
        onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
      },
    },
    // The redirect may come while the launcher is still being watched.
    opening: {
      invoke: {
        id: "openBrowser",
        src: "openBrowser",
        input: ({ context }) => ({ url: known(begun(context).url) }),
        onDone: { target: "waiting", actions: { type: "noteBrowser", params: "opened" } },
        onError: [
          {
            guard: "fallsBackToDeviceCode",
            target: "requestingDeviceCode",
            actions: [
              { type: "noteBrowser", params: "failed" },
              { type: "tellBrowserFailed", params: failed },
            ],
          },
          {
            target: "waiting",
            actions: [
              { type: "noteBrowser", params: "failed" },
              { type: "tellBrowserFailed", params: failed },
            ],
          },
        ],
      },
      on: { useDeviceCode: { guard: "offersDeviceCode", target: "requestingDeviceCode" } },
    },
    waiting: {
      invoke: keepingRequestFresh,
      on: { useDeviceCode: { guard: "offersDeviceCode", target: "requestingDeviceCode" } },
    },
    // Where a browser was asked too, its redirect may come at any time: the first way that finishes wins.
    requestingDeviceCode: {
      invoke: {
        id: "requestDeviceCode",
        src: "requestDeviceCode",
        input: ({ context }) => deviceRequest(begun(context)),
        onDone: {
          target: "device",
          actions: { type: "noteDevice", params: ({ event }) => event.output },
        },
        onError: [
          {
            guard: "isRequested",
            target: "waiting",
            actions: { type: "tellDeviceFailed", params: failed },
          },
          { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
        ],
      },
    },
    device: {
      invoke: [
        keepingRequestFresh,
        {
          id: "awaitApproval",
          src: "awaitApproval",
          input: ({ context }) => approval(begun(context)),
          onDone: [
            {
              guard: { type: "isSomebodyElse", params: ({ event }) => event.output },
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: somebodyElse },
            },
            {
              target: "#loopkey.exchanging.saving",
              actions: { type: "noteCandidate", params: ({ event }) => event.output },
            },
          ],
          onError: [
            {
              guard: { type: "isDenied", params: failed },
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: failed },
            },
            {
              guard: "isRequested",
              target: "waiting",
              actions: ["forgetDevice", { type: "tellDeviceFailed", params: failed }],
            },
            { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          ],
        },
      ],
    },
  },
});
