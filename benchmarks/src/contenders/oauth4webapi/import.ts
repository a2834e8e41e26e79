// Loads it, and nothing else: what its import costs.
import "oauth4webapi";
