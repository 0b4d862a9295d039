"""One benchmark a file: `run(short) -> list[Result]`; its name is the file's."""
