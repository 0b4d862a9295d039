"""The command line: every command teaches with --help and serves scripts with --json."""
