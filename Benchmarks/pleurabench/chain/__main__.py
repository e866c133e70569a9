"""Benchmarks/chain [--config NAME] [--quick] [--threads N] [--set FIELD=JSON] [PART...]
Benchmarks/chain --project [--config NAME] [--budget GIB] [--set FIELD=JSON]

The networks of the three-step method against the same recipe in PyTorch, and what a whole run of a
recipe would take.
"""

import argparse
import platform
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..engine.remote import Failed
from ..harness import Figures, machine, say
from . import measure, project
from .recipe import READ, TRAINED, Recipe, batch_change

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Settings:
    pleura: str
    work: Path
    rounds: int
    steps: int
    limit_gib: float
    budget_gib: float
    #: The recipe before batches were lowered.
    own: Recipe


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/chain", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(TRAINED + READ)}")
    parser.add_argument("--config", default="mini", help="recipe-NAME.json of models/pneumothorax")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=JSON", dest="changes")
    parser.add_argument("--batch", type=int, help="pictures of every training step")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--rounds", type=int, help="pairs that are counted")
    parser.add_argument("--project", action="store_true", help="memory and time of a whole run")
    parser.add_argument("--steps", type=int, default=1, help="steps of each part to project from")
    parser.add_argument("--plan-only", action="store_true", help="project memory alone")
    parser.add_argument("--budget", type=float, default=12, help="GiB that a step may plan")
    parser.add_argument("--limit", type=float, default=18, help="GiB that end a process")
    parser.add_argument("--pleura", default=ROOT / ".build/release/pleura", type=Path)
    parsed = parser.parse_args()
    unknown = sorted(set(parsed.parts) - set(TRAINED + READ))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    if not parsed.pleura.exists():
        parser.error("no binary: run `make build` first")
    return parsed


def main():
    options = arguments()
    recipe = Recipe(
        ROOT / f"models/pneumothorax/recipe-{options.config}.json", tuple(options.changes)
    )
    lowered = recipe
    if options.batch:
        lowered = recipe.changed(*(batch_change(part, options.batch) for part in TRAINED))
    say(f"machine: {machine()}")
    say(f"peer: Python {platform.python_version()}, torch {version('torch')}")
    figures, failures = Figures(), []
    with tempfile.TemporaryDirectory(prefix="pleura-bench-") as folder:
        settings = Settings(
            str(options.pleura.resolve()), Path(folder), options.rounds or (3 if options.quick else 8),
            options.steps, options.limit, options.budget, recipe,
        )  # fmt: skip
        if options.project:
            fitting = project.memory(settings, recipe, figures)
            if not options.batch:
                fits = (batch_change(part, batch) for part, batch in fitting.items())
                lowered = recipe.changed(*fits)
            if not options.plan_only:
                project.time(settings, lowered, figures)
        else:
            for part in options.parts or TRAINED + READ:
                try:
                    measure.compare(settings, lowered, part, options.threads, figures)
                except Failed as failure:
                    failures.append(str(failure))
                    say(f"failed: {failure}")
    say(f"machine afterwards: {machine()}")
    figures.show()
    if failures:
        sys.exit("bench: not measured:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
