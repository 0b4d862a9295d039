"""Who may do what, what means what, who owns what: access, audit, crosswalk, ownership, secrets."""
