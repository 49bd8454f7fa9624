"""One module a command; `cli.main` says how they are found."""
