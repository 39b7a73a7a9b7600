"""What is kept of requests that failed: enough to tell an administrator why, and nothing of what they held."""
