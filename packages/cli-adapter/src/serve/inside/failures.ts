// Errors as the protocol has them: a number of JSON-RPC, words for people, and in `data` the code to branch on.
import { AuthError } from "@loopkey/core/light";
import type { StepUp } from "@loopkey/core";
import { JSONRPCErrorCode } from "json-rpc-2.0";
import type { Id } from "../protocol.js";

/** What a message is wrong in, before it is anything of the client's. */
export type ProtocolFault =
  | "parse_error"
  | "invalid_request"
  | "method_not_found"
  | "invalid_params"
  | "not_initialized"
  | "already_initialized"
  | "duplicate_id"
  | "too_many_requests"
  | "message_too_large";

/** Where JSON-RPC has no number for it, those of the Language Server Protocol. */
const NUMBERS: Readonly<Record<ProtocolFault, number>> = {
  parse_error: JSONRPCErrorCode.ParseError,
  invalid_request: JSONRPCErrorCode.InvalidRequest,
  method_not_found: JSONRPCErrorCode.MethodNotFound,
  invalid_params: JSONRPCErrorCode.InvalidParams,
  not_initialized: -32002,
  already_initialized: JSONRPCErrorCode.InvalidRequest,
  duplicate_id: JSONRPCErrorCode.InvalidRequest,
  too_many_requests: -32005,
  message_too_large: JSONRPCErrorCode.InvalidRequest,
};

const AUTH_ERROR = -32000;
const REQUEST_CANCELLED = -32800;

/** The reason of a signal that `$/cancelRequest` has aborted. */
export const CANCELLED: AuthError = new AuthError("cancelled", "The request was cancelled.");

export class ProtocolError extends Error {
  readonly fault: ProtocolFault;
  /** Of the request that it answers, where that could be read. */
  readonly id: Id | null;
  constructor(fault: ProtocolFault, message: string, id: Id | null = null) {
    super(message);
    this.fault = fault;
    this.id = id;
  }
}

interface FailureData {
  readonly code: string;
  readonly retryable: boolean;
  readonly detail?: string;
  readonly hint?: string;
  readonly retryAfterMs?: number;
  readonly oauthError?: string;
  readonly stepUp?: StepUp;
}

interface Failure {
  readonly number: number;
  readonly message: string;
  readonly data: FailureData;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof ProtocolError) {
    const { fault, message } = error;
    return { number: NUMBERS[fault], message, data: { code: fault, retryable: false } };
  }
  if (error instanceof AuthError) {
    const { code, message, retryable, detail, hint, retryAfterMs, oauthError, stepUp } = error;
    const data = {
      code,
      retryable,
      ...(detail !== undefined && { detail }),
      ...(hint !== undefined && { hint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(oauthError !== undefined && { oauthError }),
      ...(stepUp !== undefined && { stepUp }),
    };
    return { number: error === CANCELLED ? REQUEST_CANCELLED : AUTH_ERROR, message, data };
  }
  return {
    number: JSONRPCErrorCode.InternalError,
    message: "Something unexpected went wrong.",
    data: { code: "unexpected", retryable: false },
  };
}
