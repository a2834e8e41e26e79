// `@loopkey/core/mcp`: sign-in for clients of MCP servers. Knows the SDK's shapes, and not the SDK.
export {
  discoverResource,
  type DiscoverResourceOptions,
  type ProtectedResource,
} from "./mcp/discover-resource.js";
export { mcpConfig, type McpClient, type McpClientId, type McpConfig } from "./mcp/config.js";
export { mcpAuthProvider, type McpAuthProvider, type McpAuthProviderOptions } from "./mcp/auth-provider.js";
export { stepUpFetch, type StepUpFetchOptions } from "./mcp/step-up-fetch.js";
