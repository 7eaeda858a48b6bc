"""A little of Swift's grammar: where code is, and the calls in a line."""
import re

# Before the first brace of these nothing is computed.
DECLARATION = re.compile(
    r"^\s*(@\w+(\([^)]*\))?\s+)*((public|internal|private|fileprivate|package|open|static|final|mutating|override|"
    r"convenience|required|indirect|prefix|nonisolated)(\(set\))?\s+)*"
    r"(func|init[?(]|init\b|extension|struct|class|enum|protocol|actor|typealias|associatedtype|subscript|import|operator|"
    r"infix|precedencegroup|deinit)")


def code_of(text):
    """The text with comments and string literals made blank: same length, same lines."""
    result, i = list(text), 0

    def blank(end):
        for k in range(i, min(end, len(text))):
            if text[k] != "\n":
                result[k] = " "
        return end

    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            i = blank(len(text) if end < 0 else end)
        elif text.startswith("/*", i):
            depth, end = 1, i + 2
            while depth and end < len(text):
                depth += text.startswith("/*", end) - text.startswith("*/", end)
                end += 2 if text[end:end + 2] in ("/*", "*/") else 1
            i = blank(end)
        elif text[i] == '"' or (text[i] == "#" and re.match(r'#+"', text[i:])):
            i = blank(end_of_string(text, i))
        else:
            i += 1
    return "".join(result)


def end_of_string(text, i):
    """The place behind the string literal that begins at `i`; what is interpolated counts as text."""
    hashes = len(text[i:]) - len(text[i:].lstrip("#"))
    i += hashes
    quote = '"""' if text.startswith('"""', i) else '"'
    i += len(quote)
    while i < len(text) and not text.startswith(quote + "#" * hashes, i):
        if text.startswith("\\" + "#" * hashes + "(", i):
            depth, i = 1, i + 2 + hashes
            while depth and i < len(text):
                if text[i] == '"':
                    i = end_of_string(text, i)
                    continue
                depth += (text[i] == "(") - (text[i] == ")")
                i += 1
        else:
            i += 2 if text[i] == "\\" else 1
    return i + len(quote) + hashes


def first_computed(code):
    """The column of a line from which on something may be computed; None if nothing is."""
    if not code.strip() or re.match(r"^\s*(#|@)", code):
        return None
    if DECLARATION.match(code):
        brace = code.find("{")
        return brace + 1 if brace >= 0 else None
    return 0


def closing(code, start):
    """The place of the bracket that closes the one at `start`, in the same line; None if it is not there."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i] in "([{") - (code[i] in ")]}")
        if depth == 0:
            return i
    return None


def split_arguments(code, start, end):
    """The (start, end) of the arguments between two places, without labels and spaces."""
    parts, depth, begin = [], 0, start
    for i in range(start, end + 1):
        if i == end or (code[i] == "," and depth == 0):
            text = code[begin:i]
            label = re.match(r"\s*(\w+:\s+)?", text).end()
            parts.append((begin + label, begin + len(text.rstrip())))
            begin = i + 1
        else:
            depth += (code[i] in "([{") - (code[i] in ")]}")
    return parts


def calls(code, start):
    """Argument lists of the calls that lie wholly in a line from a column on."""
    for i in range(start, len(code)):
        if code[i] == "(" and i > 0 and (code[i - 1].isalnum() or code[i - 1] in "_)]"):
            end = closing(code, i)
            if end is not None:
                yield split_arguments(code, i + 1, end)
