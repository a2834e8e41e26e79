// Loads it, and nothing else: what its import costs.
import "google-auth-library";
