"""Small changes of Swift sources, all of them in one program, of which a number chooses one at run time.

`a + b` becomes `a +∁∂ b`, with an operator of its own that adds or, as mutant 17, subtracts; a constant becomes a
call that gives it or another, and so on. So a hundred mutants cost one build. The compiler decides what fits: a site
whose changed form it refuses is dropped.
"""
import random
import re
from dataclasses import dataclass, field

import swift_code

# What a program asks for its mutant; 0 or nothing for none.
VARIABLE = "HYPERRL_MUTANT"
DIGITS = "∀∁∂∃∄∅∆∇"
# Added to each module; says once which mutant this process is.
PREAMBLE = [
    "import Glibc",
    "func isMutant(_ number: Int) -> Bool { number == mutant }",
    f'private let mutant = getenv("{VARIABLE}").flatMap {{ Int(String(cString: $0)) }} ?? 0',
]
ADDITION, PRODUCT, COMPARISON = "AdditionPrecedence", "MultiplicationPrecedence", "ComparisonPrecedence"
RANGE, ASSIGNMENT = "RangeFormationPrecedence", "AssignmentPrecedence"
T, TENSORS = "<T: {}>(a: T, b: T) -> T", ("(a: Tensor, b: Tensor)", "(a: Tensor, b: Double)", "(a: Double, b: Tensor)")
BOOL = "<T: {}>(a: T, b: T) -> Bool"


def tensors(original, changed, count=3):
    """Overloads for tensors; the first `count` of tensor and tensor, tensor and number, number and tensor."""
    return [(f"{shape} -> Tensor", f"a {original} b", f"a {changed} b") for shape in TENSORS[:count]]


def plain(protocol, original, changed, form=T):
    return [(form.format(protocol), f"a {original} b", f"a {changed} b")]


def assignment(protocol, original, changed):
    return [(f"<T: {protocol}>(a: inout T, b: T)", f"a {original} b", f"a {changed} b")]


# Of two collections the first alone.
JOINED = [("<T: RangeReplaceableCollection>(a: T, b: T) -> T", "a + b", "a")]

# Operator: (precedence, [(changed operator as shown, overloads: signature, original, changed)]).
BINARY = {
    "+": (ADDITION, [("-", plain("AdditiveArithmetic", "+", "-") + tensors("+", "-") + JOINED)]),
    "-": (ADDITION, [("+", plain("AdditiveArithmetic", "-", "+") + tensors("-", "+"))]),
    "*": (PRODUCT, [("+", plain("Numeric", "*", "+") + tensors("*", "+")),
                    ("/", plain("FloatingPoint", "*", "/") + plain("BinaryInteger", "*", "/") + tensors("*", "/", 2))]),
    "/": (PRODUCT, [("*", plain("FloatingPoint", "/", "*") + plain("BinaryInteger", "/", "*") + tensors("/", "*", 2))]),
    "%": (PRODUCT, [("/", plain("BinaryInteger", "%", "/"))]),
    "&+": (ADDITION, [("&-", plain("FixedWidthInteger", "&+", "&-"))]),
    "&*": (PRODUCT, [("&+", plain("FixedWidthInteger", "&*", "&+"))]),
    "<": (COMPARISON, [("<=", plain("Comparable", "<", "<=", BOOL)), (">", plain("Comparable", "<", ">", BOOL))]),
    "<=": (COMPARISON, [("<", plain("Comparable", "<=", "<", BOOL)), (">", plain("Comparable", "<=", ">", BOOL))]),
    ">": (COMPARISON, [(">=", plain("Comparable", ">", ">=", BOOL)), ("<", plain("Comparable", ">", "<", BOOL))]),
    ">=": (COMPARISON, [(">", plain("Comparable", ">=", ">", BOOL)), ("<", plain("Comparable", ">=", "<", BOOL))]),
    "==": (COMPARISON, [("!=", plain("Equatable", "==", "!=", BOOL))]),
    "!=": (COMPARISON, [("==", plain("Equatable", "!=", "==", BOOL))]),
    ".<": (COMPARISON, [(".<=", tensors(".<", ".<=", 1))]),
    ".<=": (COMPARISON, [(".<", tensors(".<=", ".<", 1))]),
    "&&": ("LogicalConjunctionPrecedence", [
        ("||", [("(a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool", "try a && b()", "try a || b()")])]),
    "||": ("LogicalDisjunctionPrecedence", [
        ("&&", [("(a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool", "try a || b()", "try a && b()")])]),
    "..<": (RANGE, [("..<-1 + ", [(
        "<T: Strideable>(a: T, b: T) -> Range<T> where T.Stride: SignedInteger", "a..<b",
        "a < b ? a..<b.advanced(by: -1) : a..<b")])]),
    "...": (RANGE, [("...-1 + ", [("<T: Strideable>(a: T, b: T) -> ClosedRange<T>", "a...b", "a...max(a, b.advanced(by: -1))")])]),
    "+=": (ASSIGNMENT, [("-=", assignment("AdditiveArithmetic", "+=", "-="))]),
    "-=": (ASSIGNMENT, [("+=", assignment("AdditiveArithmetic", "-=", "+="))]),
    "*=": (ASSIGNMENT, [("+=", assignment("Numeric", "*=", "+="))]),
    "/=": (ASSIGNMENT, [("*=", assignment("FloatingPoint", "/=", "*=") + assignment("BinaryInteger", "/=", "*="))]),
}
SELF = "extension Tensor {{ public func {0}() -> Tensor {{ isMutant({1}) ? self : {2}() }} }}"
AXES = "extension Tensor {{ public func {0}(axes: [Int]) -> Tensor {{ isMutant({1}) ? {3}(axes: axes) : {2}(axes: axes) }} }}"
OTHER = "extension Tensor {{ public func {0}(_ other: Tensor) -> Tensor {{ isMutant({1}) ? {3}(other) : {2}(other) }} }}"
ENDS = ("extension Collection {{ public func {0}(_ count: Int = 1) -> SubSequence "
        "{{ isMutant({1}) ? {3}(count) : {2}(count) }} }}")
EXTREME = ("extension Sequence where Element: Comparable {{ public func {0}() -> Element? "
           "{{ isMutant({1}) ? {3}() : {2}() }} }}")
CLAMP = ("extension Tensor {{ public func {0}(to range: ClosedRange<Double>) -> Tensor "
         "{{ isMutant({1}) ? self : {2}(to: range) }} }}")
# Method: (what is shown in its place, declarations). {0} is the new name, {1} the number, {2} the method, {3} the other.
METHODS = {
    "minimum": ("maximum", [AXES, OTHER]), "maximum": ("minimum", [AXES, OTHER]), "sum": ("mean", [AXES]),
    "mean": ("sum", [AXES]), "min": ("max", [EXTREME]), "max": ("min", [EXTREME]), "dropFirst": ("dropLast", [ENDS]),
    "dropLast": ("dropFirst", [ENDS]), "clamped": (None, [CLAMP]), "relu": (None, [SELF]), "tanh": (None, [SELF]),
    "square": (None, [SELF]), "exp": (None, [SELF]), "stopGradient": (None, [SELF]),
}


@dataclass
class Site:
    """A place and what may be done to it."""
    file: str
    line: int  # from 1
    kind: str
    before: str
    after: str
    # The line and the declarations of the program with all mutants, with {name} for a name and {number} of this one's own.
    schema: str = field(repr=False)
    declarations: list = field(repr=False)
    number: int = 0

    @property
    def module(self):
        return self.file.split("/")[1]

    def filled(self, text):
        symbols = "".join(DIGITS[int(digit)] for digit in f"{self.number:o}")
        return text.replace("{symbols}", symbols).replace("{name}", f"mutant{self.number}").replace("{number}", str(self.number))


def sites(files, seed):
    """The mutants of sources, `{path: text}`, in the order of a seed: one for each line that can be changed."""
    generator = random.Random(seed)
    found = []
    for path in sorted(files):
        lines, code = files[path].splitlines(), swift_code.code_of(files[path]).splitlines()
        for index in range(len(lines)):
            start = swift_code.first_computed(code[index])
            if start is None:
                continue
            kinds = {}
            for kind, after, schema, declarations in changes(lines[index], code, index, start):
                kinds.setdefault(kind, []).append(Site(path, index + 1, kind, lines[index], after, schema, declarations))
            if kinds:
                # The kind first: otherwise constants would be most of them.
                found.append(generator.choice(kinds[generator.choice(sorted(kinds))]))
    generator.shuffle(found)
    for number, site in enumerate(found, 1):
        site.number = number
    return found


def changes(line, code, index, start):
    """(kind, changed line, schema, declarations) for all that can be done to a line."""
    text = code[index]

    def put(begin, end, new):
        return line[:begin] + new + line[end:]

    yield from operators(text, start, put)
    yield from constants(text, start, put)
    for match in re.finditer(r"(?<=\.)(\w+)(?=\()", text):
        if match.start() >= start and match[1] in METHODS:
            other, forms = METHODS[match[1]]
            end = match.end()
            close = swift_code.closing(text, end)
            if other is None and close is None:
                continue
            shown = put(*match.span(), other) if other else put(match.start() - 1, close + 1, "")
            yield ("method", shown, put(*match.span(), "{name}"),
                   [form.format("{name}", "{number}", match[1], other) for form in forms])
    for match in re.finditer(r"(?<![\w.])(min|max)(?=\()", text):
        if match.start() >= start:
            other = "min" if match[1] == "max" else "max"
            yield ("method", put(*match.span(), other), put(*match.span(), "{name}"),
                   [f"public func {{name}}<T: Comparable>(_ a: T, _ b: T) -> T {{ isMutant({{number}}) ? {other}(a, b) : {match[1]}(a, b) }}"])
    yield from swaps(line, text, start)
    match = re.match(r"^\s*(?:\}? ?else )?(?:if|guard) (.+?)(?: else)? \{", text)
    if match and not re.search(r"\b(let|var|case)\b|,(?![^(\[]*[)\]])|#", match[1]) and balanced(match[1]):
        begin, end = match.span(1)
        yield ("condition", put(begin, end, f"!({line[begin:end]})"), put(begin, end, f"{{name}}({line[begin:end]})"),
               ["public func {name}(_ x: Bool) -> Bool { isMutant({number}) != x }"])
    if is_statement(code, index):
        begin = len(text) - len(text.lstrip())
        yield ("statement", line[:begin] + "// left out", put(begin, len(line), f"if !isMutant({{number}}) {{ {line[begin:]} }}"), [])


def operators(text, start, put):
    for match in re.finditer(r"(?<![/=\-+!*%<>&|^~?.])[/=\-+!*%<>&|^~?.]+", text):
        begin, end = match.span()
        if begin < start:
            continue
        spaces = (text[begin - 1:begin].strip() == "", text[end:end + 1].strip() == "")
        if match[0] in BINARY and spaces[0] == spaces[1] and (spaces[0] or match[0] in ("..<", "...")):
            # Beside a string it joins a message.
            if spaces[0] and ("  " in (text[begin - 2:begin], text[end:end + 2]) or not text[end:].strip()):
                continue
            precedence, choices = BINARY[match[0]]
            for shown, overloads in choices:
                declarations = [f"infix operator {match[0]}{{symbols}}: {precedence}"] + [
                    f"public func {match[0]}{{symbols}}{signature} {{ "
                    + (f"if isMutant({{number}}) {{ {changed} }} else {{ {original} }} }}")
                    for signature, original, changed in overloads]
                yield "operator", put(begin, end, shown), put(begin, end, match[0] + "{symbols}"), declarations
        elif match[0] in ("-", "!") and not spaces[1] and (spaces[0] or text[begin - 1] in "([{"):
            kind = "<T: SignedNumeric>(a: T) -> T" if match[0] == "-" else "(a: Bool) -> Bool"
            forms = [kind] + (["(a: Tensor) -> Tensor"] if match[0] == "-" else [])
            yield ("sign", put(begin, end, ""), put(begin, end, match[0] + "{symbols}"),
                   [f"prefix operator {match[0]}{{symbols}}"]
                   + [f"public prefix func {match[0]}{{symbols}}{form} {{ isMutant({{number}}) ? a : {match[0]}a }}" for form in forms])


def constants(text, start, put):
    for match in re.finditer(r"(?<![\w.$])(\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?)(?![\w.]*\w)|\b(true|false)\b", text):
        if match.start() < start:
            continue
        wrapped = put(*match.span(), f"{{name}}({match[0]})")
        if match[2]:
            yield ("constant", put(*match.span(), "false" if match[2] == "true" else "true"), wrapped,
                   ["public func {name}(_ x: Bool) -> Bool { isMutant({number}) != x }"])
        elif re.fullmatch(r"[\d_]+", match[0]):
            for sign in "+-" if match[0] != "0" else "+":
                yield ("constant", put(*match.span(), str(int(match[0].replace("_", "")) + int(sign + "1"))), wrapped,
                       [f"public func {{name}}<T: Numeric>(_ x: T) -> T {{ isMutant({{number}}) ? x {sign} 1 : x }}"])
        else:
            changed = "x + 1" if float(match[0].replace("_", "")) == 0 else "x * 1.25"
            yield ("constant", put(*match.span(), f"({changed.replace('x', match[0])})"), wrapped,
                   [f"public func {{name}}<T: FloatingPoint & ExpressibleByFloatLiteral>(_ x: T) -> T "
                    f"{{ isMutant({{number}}) ? {changed} : x }}"])


def swaps(line, text, start):
    for arguments in swift_code.calls(text, start):
        for (a, b), (c, d) in zip(arguments, arguments[1:]):
            first, second = line[a:b], line[c:d]
            if not first or not second or first == second or "&" in (first[0], second[0]):
                continue
            # What is written differs in kind, so the types do.
            if any(("{" in value or ":" in value or '"' in value) for value in (first, second)):
                continue
            yield ("swapped arguments", line[:a] + second + line[b:c] + first + line[d:],
                   line[:a] + f"{{name}}({first}, {second})" + line[b:c] + f"{{name}}({second}, {first})" + line[d:],
                   ["public func {name}<T>(_ a: @autoclosure () throws -> T, _ b: @autoclosure () throws -> T) rethrows -> T "
                    "{ try isMutant({number}) ? b() : a() }"])


def balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def is_statement(code, index):
    """Whether a line is a call by itself, whose value nobody takes."""
    text = code[index]
    if not re.match(r"^\s*(try )?[A-Za-z_][\w.]*\w\(.*\)\s*$", text) or not balanced(text):
        return False
    if re.match(r"^\s*(if|for|while|switch|return|guard|precondition|preconditionFailure|fatalError|super|self\.init|\.)\b", text):
        return False
    before = next((code[i].rstrip() for i in range(index - 1, -1, -1) if code[i].strip()), "")
    after = next((code[i].strip() for i in range(index + 1, len(code)) if code[i].strip()), "")
    # Neither an argument nor a part of a longer expression.
    return not before.endswith(("(", "[", ",", "=", "+", "-", "*", "/", "&&", "||", "?", ":", "return", "in")) and not (
        after.startswith((".", "+", "-", "*", "/", "&&", "||", "?", ")", "]", "==", "<", ">", ",")))


def applied(text, chosen):
    """A file's text with the sites that are chosen in it."""
    lines = text.split("\n")
    for site in chosen:
        lines[site.line - 1] = site.filled(site.schema)
    return "\n".join(lines)


def declarations(chosen, has_tensors):
    """The file that a module needs beside its changed sources, and the site of each of its lines."""
    lines = PREAMBLE + (["import HyperTensor"] if has_tensors else [])
    owners = [None] * len(lines)
    for site in chosen:
        for text in site.declarations:
            if has_tensors or "Tensor" not in text:
                lines.append(site.filled(text))
                owners.append(site)
    return "\n".join(lines) + "\n", owners
