"""The embedded servers: where their binaries are, how each is started, and when it is ready."""
