// @loopkey/cli-adapter/profiles: who has signed in with `loopkey`, for an app that shares its session.
export type { ConfigFolderOptions } from "./profiles/config-folder.js";
export { listProfiles, type ListedProfile } from "./profiles/listing.js";
