"""The front door: `dengta …`. Pure commands go to `dengta.cli`; the others set Django up first."""

from __future__ import annotations

import io
import os
import sys


def main(argv: list[str]) -> int:
    """Dispatch one command. Returns the exit code."""
    from dengta.cli import PLATFORM
    from dengta.cli import main as pure

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a sign gets its code, never a broken run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if not argv or argv[0] not in PLATFORM:
        if not argv or argv[0] in ("-h", "--help"):
            print("平台命令 platform commands:")
            for name, text in PLATFORM.items():
                print(f"  {name:<15}{text}")
            print()
        return pure(argv or ["--help"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dengta.settings")
    if argv[0] == "django":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["dengta django", *argv[1:]])
        return 0
    import django

    django.setup()
    from dengta import platform

    return platform.run(argv[0], argv[1:])


def entry() -> None:
    """Console-script entry."""
    raise SystemExit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
