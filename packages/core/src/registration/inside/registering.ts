// What is asked for and how the answer is read, as one to load: an app registers once.
export { requestRegistration } from "../../oauth/registration-request.js";
export { resolveClientMetadata } from "../client-metadata.js";
export { readRegistration } from "../registered-client.js";
