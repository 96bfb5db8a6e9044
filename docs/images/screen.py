"""Runs a command on a terminal of its own and draws its last screen.

    python docs/images/screen.py docs/images/plan.svg mlops-infra plan --env staging

The picture of the README is made with it, after an edit of ``stacks/staging.yaml``.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROWS, COLUMNS = 50, 118


def main() -> None:
    """Draw what the command left on the screen."""
    picture, *command = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)  # noqa: S606 - the caller says what to run
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    told = b""
    while True:
        try:
            read = os.read(terminal, 65536)
        except OSError:
            break
        if not read:
            break
        told += read
    os.waitpid(pid, 0)
    # What a live display drew and took back again ends with the last "erase line".
    text = told.decode(errors="replace").replace("\r\n", "\n").rsplit("\x1b[2K", 1)[-1]
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"))  # noqa: SIM115 - for the process's life
    console.print(Text.from_ansi(f"$ {' '.join([Path(command[0]).name, *command[1:]])}\n{text.strip()}"))
    drawn = console.export_svg(title="mlops-infra")
    # Fonts from elsewhere are not fetched: any monospaced one will do.
    Path(picture).write_text(re.sub(r"@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main()
