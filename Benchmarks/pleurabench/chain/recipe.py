"""A recipe of the chain, as `pleura train RECIPE --set FIELD=JSON` reads it."""

import json
from dataclasses import dataclass
from pathlib import Path

TRAINED = ["classifier", "affinity", "segmentation"]
READ = ["map", "mask"]
ALONE = ["score", "seeds", "walk"]


@dataclass(frozen=True)
class Recipe:
    path: Path
    changes: tuple = ()

    @property
    def fields(self):
        fields = json.loads(self.path.read_text())
        for change in self.changes:
            name, _, value = change.partition("=")
            *way, last = name.split(".")
            place = fields
            for key in way:
                place = place[int(key) if isinstance(place, list) else key]
            place[int(last) if isinstance(place, list) else last] = json.loads(value)
        return fields

    def changed(self, *changes):
        return Recipe(self.path, self.changes + changes)

    def batch(self, part):
        return learning(self.fields, part)["batch"]

    @property
    def arguments(self):
        """For `pleura train`."""
        return [str(self.path), *(word for one in self.changes for word in ("--set", one))]


def learning(fields, part):
    return fields[part] if part == "classifier" else fields[part]["learning"]


def batch_change(part, batch):
    place = part if part == "classifier" else f"{part}.learning"
    return f"{place}.batch={batch}"
