"""A command's help, as the program prints it, turned into Markdown."""

import inspect
import re

_MARKUP = re.compile(r"\[(?:bold|/|/bold)\]")
_EXAMPLES = re.compile(r"^Examples?:$", re.MULTILINE)


def plain(text: str | None) -> str:
    """Without terminal markup and indentation."""
    return inspect.cleandoc(_MARKUP.sub("", text or "")).replace("\f", "").replace("\b", "")


def first_sentence(text: str | None) -> str:
    """What a list of commands says."""
    return plain(text).split("\n\n", 1)[0]


def markdown(text: str | None) -> str:
    """Paragraphs, indented lines as a list, examples as a code block."""
    said, *examples = _EXAMPLES.split(plain(text), maxsplit=1)
    blocks = [_block(block) for block in said.strip().split("\n\n")]
    if examples:
        lines = (_joined(block) for block in examples[0].strip("\n").split("\n\n"))
        blocks.append("```sh\n" + "\n".join(lines) + "\n```")
    return re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", "\n\n".join(blocks))


def _block(block: str) -> str:
    if not block.startswith(" "):
        return block
    option, _, meaning = block.strip().partition("  ")
    return f"- `{option}`: {meaning.strip()}" if meaning else f"- {option}"


def _joined(block: str) -> str:
    """One example; a long one goes on in the next line."""
    first, *more = inspect.cleandoc(block).splitlines()
    return " \\\n    ".join([first, *(line.strip() for line in more)])
