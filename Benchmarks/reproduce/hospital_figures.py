"""Figures of a synthetic hospital: pure functions of its tables."""
import csv
import math

LABEL = "pneumothorax"


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def wilson(hits, count):
    """A share with its 95 % interval (Wilson 1927)."""
    if not count:
        return None
    z2, share = 1.96**2, hits / count
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = math.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return {"value": share, "lower": middle - half, "upper": middle + half, "n": count}


def labels(triples):
    """What labels are worth, and whose the errors are: (truth, stated, label) of each film."""
    counts = {f"{truth}/{label or 'silent'}": 0 for truth in "01" for label in ("0", "1", "-1", "")}
    for truth, _, label in triples:
        counts[f"{truth}/{label or 'silent'}"] += 1
    decided = [(t, label) for t, _, label in triples if label in ("0", "1")]
    yes = [label == "1" for t, label in decided if t == "1"]
    no = [label == "0" for t, label in decided if t == "0"]
    return {
        "positives": sum(t == "1" for t, _, _ in triples),
        "truthByLabel": counts, "undecided": len(triples) - len(decided),
        "writerWrong": sum(said in "01" and said != "" and said != t for t, said, _ in triples),
        "writerOpen": sum(said == "-1" for _, said, _ in triples),
        "sensitivity": wilson(sum(yes), len(yes)), "specificity": wilson(sum(no), len(no)),
    }


def evaluation(true, noisy, decided):
    yes = [t for t, label in decided if label == "1"]
    no = [t for t, label in decided if label == "0"]
    expected = None
    if yes and no and true["auroc"] is not None:
        # Menon et al. 2015: the area against labels of which shares a and b are wrong.
        wrong = yes.count("0") / len(yes) + no.count("1") / len(no)
        expected = 0.5 + (true["auroc"] - 0.5) * (1 - wrong)
    drawn = true["map"] or {}
    return {
        "testFilms": true["n"], "testPositives": true["positives"],
        "aurocTrue": true["aurocEstimate"], "aurocNoisy": noisy["aurocEstimate"],
        "aurocNoisyExpected": expected, "darknessAUROC": true["darknessAUROC"],
        "aurocWithinSources": true["aurocWithinOriginsEstimate"],
        "dicePositives": {"value": true["dice"], "interval": true["diceInterval"]},
        "pixelPRAUC": {"value": true["pixelPRAUC"], "interval": true["pixelPRAUCInterval"]},
        "hitRate": drawn.get("peakInTruth"), "hitRateByChance": drawn.get("chanceInTruth"),
        "sideCorrectOfAll": drawn.get("sideCorrectOfAll"), "strata": true["strata"],
    }


def triage(films, rows):
    """Where the films with a true pneumothorax stand."""
    sick = {f["StudyInstanceUID"] for f in films if f[LABEL] == "1"}
    ranks = [r["position"] for r in rows if r["studyInstanceUID"] in sick]
    tenth = math.ceil(len(rows) / 10)
    levels = {}
    for row in rows:
        level = levels.setdefault(row["priority"], {"films": 0, "positives": 0})
        level["films"] += 1
        level["positives"] += row["studyInstanceUID"] in sick
    return {
        "inTopTenth": wilson(sum(rank <= tenth for rank in ranks), len(ranks)),
        "mostInTopTenth": min(1, tenth / len(ranks)) if ranks else None,
        "meanRank": sum(ranks) / len(ranks) if ranks else None,
        "meanRankOfAll": (len(rows) + 1) / 2,
        "bestMeanRank": (len(ranks) + 1) / 2, "levels": levels,
    }


def speed(steps, films, test):
    """Films a second and CPU seconds a film of each step; test films are evaluated twice."""
    counts = {"evaluate": 2 * test, "score": test}
    found = {}
    for name in (step for step in steps if step != "settings"):
        count, seconds, cpu = counts.get(name, films), steps[name]["seconds"], steps[name]["cpuSeconds"]
        found[name] = {"films": count, "seconds": seconds, "cpuSeconds": cpu,
                       "filmsPerSecond": count / max(seconds, 1e-3),
                       "cpuSecondsPerFilm": cpu / max(count, 1)}
    return found


def tell(summary):
    def figure(name, found):
        if isinstance(found, dict):
            low, high = found.get("interval") or (found.get("lower"), found.get("upper"))
            found, more = found["value"], "" if low is None else f" [{low:.4f}, {high:.4f}]"
        else:
            more = ""
        print(f"figure {name} " + ("none" if found is None else f"{found:.6g}{more}"))

    labels, evaluation, triage = (summary[k] for k in ("labels", "evaluation", "triage"))
    for name in ("films", "positives", "undecided", "writerWrong", "writerOpen", "misread"):
        figure("label_" + name, labels[name])
    for name in ("sensitivity", "specificity"):
        figure("label_" + name, labels[name])
    for name in ("testFilms", "testPositives", "aurocTrue", "aurocNoisy", "aurocNoisyExpected",
                 "aurocWithinSources", "darknessAUROC", "dicePositives", "pixelPRAUC",
                 "hitRate", "hitRateByChance", "sideCorrectOfAll"):
        figure("evaluate_" + name, evaluation[name])
    for name in ("inTopTenth", "mostInTopTenth", "meanRank", "bestMeanRank", "meanRankOfAll"):
        figure("triage_" + name, triage[name] if triage else None)
    for name, speed in summary["speed"].items():
        figure(f"{name}_filmsPerSecond", speed["filmsPerSecond"])
        figure(f"{name}_cpuSecondsPerFilm", speed["cpuSecondsPerFilm"])
    figure("cpuHoursFor20000", summary["cpuHoursFor20000"])
