// Loads it, and nothing else: what its import costs.
import "openid-client";
