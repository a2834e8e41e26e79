// The protocol, one step a file. The only folder that imports oauth4webapi.
export {
  buildAuthorizationRequest,
  requestsOpenId,
  type AuthorizationRequest,
  type AuthorizationRequestFacts,
} from "./authorization-request.js";
export { judgeRequest, readResponse, type ValidatedResponse } from "./authorization-response.js";
export { createOAuthContext, fetchOf, type OAuthContext } from "./context.js";
export { createDiscovery, type AuthorizationServer, type Discover } from "./server.js";
export { redeemCode, type CodeRedemption } from "./code-request.js";
export { awaitApproval, type DeviceApproval } from "./device-polling.js";
export {
  noDeviceFlow,
  offersDeviceCode,
  requestDeviceCode,
  type DeviceAuthorization,
  type DeviceRequest,
} from "./device-request.js";
export { createDPoPKey, type DPoPKey } from "./dpop.js";
export { buildEndSessionUrl, createVisitJudge } from "./end-session-request.js";
export { askServerTime } from "./server-time.js";
export { lookAtSigningKeys } from "./signing-keys.js";
export { createOneTimeValue } from "./proof.js";
export { pushesRequest } from "./pushed-request.js";
export { requestRegistration } from "./registration-request.js";
export { refreshSession, type Refreshed } from "./refresh-request.js";
export { requestResource, stepUpRequired, type ResourceAnswer } from "./resource-request.js";
export { revokeTokens } from "./revocation-request.js";
export { fetchUserInfo } from "./user-info.js";
