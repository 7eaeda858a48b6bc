"""Where the numbers of two run folders differ: tensors, logs and readings, whatever else is written beside them."""
import csv
import fnmatch
import json
import math
import operator
import struct
from pathlib import Path

from training_runs import CLOCK_COLUMNS, seed_folders

# struct's letters of safetensors' types; bfloat16 is told by its bits.
LETTERS = {
    "F64": "d", "F32": "f", "F16": "e", "BF16": "H", "I64": "q", "I32": "i", "I16": "h", "I8": "b",
    "U64": "Q", "U32": "I", "U16": "H", "U8": "B", "BOOL": "?",
}
# Metadata of safetensors files that tell who wrote them, not what was computed.
PROVENANCE = {"version", "commit", "run", "device"}


def differences(expected, found, ignored=()):
    """What differs between two runs: (file, part, text) with both values; none if the numbers are equal bit for bit.

    Compared are, seed by seed, every tensor of weights, of the newest checkpoint's state, of the best weights and of
    stored replay, and every column of the logs that is not a clock. run.json and manifests are not: they say no numbers
    that were computed.

    `ignored`: patterns of places, such as "*/state.safetensors: replay.*", that are not compared.
    """
    expected_seeds, found_seeds = ({path.name: path for path in seed_folders(run)} for run in (expected, found))
    result = [(name, "", f"only {where(name, expected_seeds)} has this seed")
              for name in sorted(expected_seeds.keys() ^ found_seeds.keys())]
    for name in sorted(expected_seeds.keys() & found_seeds.keys()):
        files = [numbered_files(seeds[name]) for seeds in (expected_seeds, found_seeds)]
        shared = files[0].keys() & files[1].keys()
        newest = max((file for file in shared if file.startswith("replay/")), default="")
        for file in sorted(files[0].keys() | files[1].keys()):
            if file.startswith("replay/") and file < newest and file not in shared:
                # Kept for an older checkpoint, which only one of the runs has.
                continue
            if file not in files[0] or file not in files[1]:
                parts = [("", f"only {where(file, files[0])} has this file")]
            else:
                compare = tensor_differences if file.endswith(".safetensors") else log_differences
                parts = compare(files[0][file], files[1][file])
            result += [(f"{name}/{file}", part, text) for part, text in parts]
    return [entry for entry in result
            if not any(fnmatch.fnmatch(": ".join(filter(None, entry[:2])), pattern) for pattern in ignored)]


def where(name, first):
    return "the first" if name in first else "the second"


def numbered_files(seed):
    """The files of a seed's folder that hold numbers: {name: path}."""
    paths = [*seed.glob("*.csv"), *seed.glob("*.safetensors"), *seed.glob("replay/*.safetensors")]
    checkpoints = sorted(seed.glob("checkpoints/step-*"))
    # An older checkpoint may be there or not, as the disk's pace had it; its numbers led to those of the newest.
    for folder in checkpoints[-1:] + sorted(seed.glob("checkpoints/best-*")):
        paths += folder.glob("*.safetensors")
    return {str(path.relative_to(seed)): path for path in paths}


def read_tensors(path):
    """A safetensors file: its metadata, and {name: (type, shape, bytes)}."""
    data = Path(path).read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, finish = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], data[8 + size + begin:8 + size + finish])
    return metadata, tensors


def tensor_differences(first, second):
    """(tensor, text) for each tensor that differs in two safetensors files."""
    (metadata, tensors), (other_metadata, others) = read_tensors(first), read_tensors(second)
    for key in sorted((metadata.keys() | other_metadata.keys()) - PROVENANCE):
        if metadata.get(key) != other_metadata.get(key):
            yield f"metadata {key}", f"{metadata.get(key)!r} against {other_metadata.get(key)!r}"
    for name in sorted(tensors.keys() | others.keys()):
        if name not in tensors or name not in others:
            yield name, f"only {where(name, tensors)} has this tensor"
        elif tensors[name][:2] != others[name][:2]:
            kinds = [f"{kind} {shape}" for kind, shape, _ in (tensors[name], others[name])]
            yield name, f"{kinds[0]} against {kinds[1]}"
        elif tensors[name][2] != others[name][2]:
            yield name, element_difference(*tensors[name], others[name][2])


def element_difference(kind, shape, data, other):
    """How many elements differ, and the first that does."""
    letter = "<" + LETTERS[kind]
    width = struct.calcsize(letter)
    # As whole numbers, of which equal bits are equal ones.
    bits, other_bits = (memoryview(values).cast({1: "B", 2: "H", 4: "I", 8: "Q"}[width]) for values in (data, other))
    count = sum(map(operator.ne, bits, other_bits))
    first = next(i for i, differs in enumerate(map(operator.ne, bits, other_bits)) if differs)
    values = [struct.unpack_from(letter, values, first * width)[0] for values in (data, other)]
    index, rest = [], first
    for size in reversed(shape):
        rest, position = divmod(rest, size)
        index.insert(0, position)
    return f"{count} of {len(bits)} elements differ, the first at {index}: {values[0]!r} against {values[1]!r}"


def log_differences(first, second):
    """(column, text) for each column that differs in two logs, clocks aside."""
    tables = []
    for path in (first, second):
        with open(path, newline="") as file:
            tables.append(list(csv.DictReader(file)))
    headers = [list(table[0]) if table else header(path) for table, path in zip(tables, (first, second))]
    if len(tables[0]) != len(tables[1]):
        yield "rows", f"{len(tables[0])} against {len(tables[1])}"
    for column in dict.fromkeys(headers[0] + headers[1]):
        if column in CLOCK_COLUMNS:
            continue
        if column not in headers[0] or column not in headers[1]:
            yield column, f"only {where(column, headers[0])} has this column"
            continue
        rows = [i for i, pair in enumerate(zip(*tables)) if not is_equal(pair[0][column], pair[1][column])]
        if rows:
            step = tables[0][rows[0]].get("step")
            yield column, (f"{len(rows)} of {len(tables[0])} rows differ, the first is row {rows[0] + 1} (step {step}): "
                           f"{tables[0][rows[0]][column]} against {tables[1][rows[0]][column]}")


def header(path):
    with open(path, newline="") as file:
        return next(csv.reader(file), [])


def is_equal(first, second):
    """Whether two fields hold the same number, however it is written."""
    if first == second:
        return True
    try:
        values = float(first), float(second)
    except (TypeError, ValueError):
        return False
    return values[0] == values[1] and math.copysign(1, values[0]) == math.copysign(1, values[1])


def reading_differences(first, second, place=""):
    """(member, text) for each number that differs in two JSON answers of a command. Members of one alone are left out:
    later programs tell more."""
    if isinstance(first, dict) and isinstance(second, dict):
        return [line for key in first if key in second and key not in CLOCK_COLUMNS
                for line in reading_differences(first[key], second[key], f"{place}.{key}".lstrip("."))]
    if isinstance(first, list) and isinstance(second, list):
        if len(first) != len(second):
            return [(place, f"{len(first)} elements against {len(second)}")]
        return [line for i, pair in enumerate(zip(first, second)) for line in reading_differences(*pair, f"{place}[{i}]")]
    if isinstance(first, (int, float)) and isinstance(second, (int, float)) and first != second:
        return [(place, f"{first!r} against {second!r}")]
    return []
