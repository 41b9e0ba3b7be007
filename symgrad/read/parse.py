r"""The parser: precedence climbing over tokens, one row an operator. Text in, syntax tree out, nothing executed.

From loose to tight: relations; + and -; \odot, \otimes; products (\cdot, \times, *, /, @, side by side; left to right);
a leading minus; powers and everything else that follows its operand. A big operator reaches up to the next + or -.
"""

from __future__ import annotations

from collections.abc import Callable

from symgrad.errors import ReadError, nearest
from symgrad.read import syntax as s
from symgrad.read.brackets import BRACKETED, entry_follows
from symgrad.read.forms import FORMS
from symgrad.read.named import bare_name, named, split
from symgrad.read.names import Names, letter
from symgrad.read.powers import raised
from symgrad.read.spelling import ACCENTS, ALL_OF, KNOWN, RELATIONS, RESERVED
from symgrad.read.sums import SUMS
from symgrad.read.syntax import Node
from symgrad.read.tables import TABLES, lines_of
from symgrad.read.tokens import END, LIMITS, NAME, NUMBER, WORD, Limits, tokens

LOOSEST, SUM, ENTRYWISE, PRODUCT, FACTOR = 0, 10, 20, 30, 40

# Sign -> how tightly it binds.
INFIX = {
    "+": SUM,
    "-": SUM,
    "\\odot": ENTRYWISE,
    "\\otimes": ENTRYWISE,
    "*": PRODUCT,
    "\\cdot": PRODUCT,
    "\\times": PRODUCT,
    "/": PRODUCT,
    "@": PRODUCT,
}
# Signs between two operands -> their nodes.
PAIRS: dict[str, Callable[[Node, Node, s.Span], Node]] = {
    "\\odot": s.Hadamard,
    "\\otimes": s.Outer,
    "/": s.Divide,
    "@": s.MatrixProduct,
}
# The signs of a product that stay in Times, with their names there.
TIMES = {"*": "*", "\\cdot": "cdot", "\\times": "times"}

CHAINS = (s.Divide, s.MatrixProduct, s.Hadamard, s.Outer, s.Factorial, s.Transpose, s.Power, s.Entry)

# Sign at the start of an operand -> what reads it.
PREFIX = {**FORMS, **BRACKETED, **SUMS, **TABLES, **dict.fromkeys(ACCENTS, named)}


def parse(text: str, names: Names, limits: Limits = LIMITS) -> Node:
    """The syntax tree of a formula, a chain of relations or an align environment, in LaTeX or plain text.

    >>> names = Names.of(symbols=[("P", "P(y=#)", 1), "c"], indices="i")
    >>> parse("c P(y=i)", names)
    Times(factors=(Reference(code='c', indices=(), span=(0, 1)),
                   Reference(code='P', indices=(Reference(code='i', indices=(), span=(6, 7)),), span=(2, 8))),
          signs=('',), span=(0, 8))
    """
    reader = Reader(text, names, limits)
    try:
        tree = lines_of(reader)
    except RecursionError:
        raise reader.error("nested too deeply", reader.at) from None
    if reader.kinds[reader.at] != END:
        raise reader.unexpected()
    return tree


class Reader:
    """A place in the tokens, the names in force, and the operations every form is read with."""

    __slots__ = """at bars bound depth ends grown kinds latex limits match names read starts table text texts""".split()

    def __init__(self, text: str, names: Names, limits: Limits) -> None:
        self.read = read = tokens(text, limits)
        self.text, self.names, self.limits, self.table = text, names, limits, names.table
        self.kinds, self.texts, self.match = read.kinds, read.texts, read.match
        self.starts, self.ends = read.starts, read.ends
        self.at, self.bars, self.depth, self.grown = 0, 0, 0, 0
        self.bound: dict[str, str] = {}
        self.latex = "\\" in text

    def error(self, what: str, at: int, expected: str = "", given: str = "", fix: str = "") -> ReadError:
        """A refusal with its caret under token `at`."""
        return ReadError(what, text=self.text, caret=self.starts[at], expected=expected, given=given, fix=fix)

    def unexpected(self, expected: str = "") -> ReadError:
        given = self.text[self.starts[self.at] : self.ends[self.at]]
        if not given:
            return self.error("the formula stops too early", self.at, expected or "an operand")
        return self.error(f"{given} is not understood here", self.at, expected)

    def unknown(self, name: str, at: int, fix: str = "") -> ReadError:
        """A name nobody declared, with the nearest declared ones."""
        accent, _, base = name.rpartition(" ")
        shown = f"{accent}{{{base}}}" if accent else name
        spelled = self.names.spelled()
        plain = {one.replace("\\", "").replace("{", "").replace("}", ""): one for one in reversed(spelled)}
        guess = nearest(name.replace("\\", "").replace(" ", ""), plain)
        known = ", ".join(spelled[:12]) + (", ..." if len(spelled) > 12 else "")
        return self.error(
            f"{shown} is not declared",
            at,
            f"one of {known}" if known else "no names at all",
            "",
            fix or guess,
        )

    def take(self, text: str) -> None:
        """Step over one expected token."""
        if self.texts[self.at] != text:
            raise self.unexpected(text)
        self.at += 1

    def span(self, start: int) -> s.Span:
        """From token `start` to the last token read."""
        return (self.starts[start], self.ends[self.at - 1])

    def relation(self) -> Node:
        """An expression, or a chain of them joined by relations."""
        start = self.at
        first = self.expression(LOOSEST)
        if self.texts[self.at] not in RELATIONS:
            return first
        items: list[Node] = [first]
        relations: list[str] = []
        while self.texts[self.at] in RELATIONS:
            relations.append(self.texts[self.at])
            self.at += 1
            items.append(self.expression(LOOSEST))
        return s.Relation(tuple(items), tuple(relations), self.span(start))

    def expression(self, power: int = LOOSEST) -> Node:
        """An operand and every infix sign behind it that binds at least as tightly as `power`."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise self.error("nested too deeply", self.at, f"at most {self.limits.depth} formulas in formulas")
        start = self.at
        left = self.signed(power) if self.texts[start] in ("-", "+") else self.operand()
        while True:
            sign = self.texts[self.at]
            binding = INFIX.get(sign)
            if binding is None:
                if power > PRODUCT or not self.starts_operand():
                    break
                left = self.product(left, start)
            elif binding < power:
                break
            elif binding == SUM:
                left = self.plus(left, start)
            elif binding == PRODUCT:
                left = self.product(left, start)
            else:
                self.at += 1
                right = self.expression(ENTRYWISE + 1)
                self.grow(left)
                left = PAIRS[sign](left, right, self.span(start))
        self.depth -= 1
        return left

    def signed(self, power: int) -> Node:
        """A leading sign; its operand is a whole product, or a single factor inside a product."""
        start = self.at
        self.at += 1
        of = self.expression(max(power, ENTRYWISE))
        return s.Minus(of, self.span(start)) if self.texts[start] == "-" else of

    def plus(self, left: Node, start: int) -> Node:
        terms = [left]
        texts = self.texts
        while texts[self.at] == "+" or texts[self.at] == "-":
            sign = self.at
            self.at += 1
            term = self.expression(ENTRYWISE)
            terms.append(s.Minus(term, self.span(sign)) if texts[sign] == "-" else term)
        return s.Plus(tuple(terms), self.span(start))

    def product(self, left: Node, start: int) -> Node:
        """Factors side by side or with signs, left to right: a/b c is (a/b) c."""
        factors: list[Node] = [left]
        signs: list[str] = []
        texts = self.texts
        while True:
            sign = texts[self.at]
            binding = INFIX.get(sign)
            if binding is None:
                if not self.starts_operand():
                    break
                factors.append(self.beside(factors[-1]))
                signs.append(self.crossed(signs, factors))
                continue
            if binding != PRODUCT:
                break
            self.at += 1
            following = self.signed_operand()
            if sign in TIMES:
                factors.append(following)
                signs.append(TIMES[sign])
            else:
                if sign == "/" and self.kinds[self.at] in (WORD, NAME) and following.span[1] == self.starts[self.at]:
                    self.refuse_glued()
                left = self.flat(factors, signs, start)
                self.grow(left)
                left = PAIRS[sign](left, following, self.span(start))
                factors, signs = [left], []
        return self.flat(factors, signs, start)

    def refuse_glued(self) -> None:
        """1/2m is one half of m, or one over 2m: refused unless a function or a big operator follows."""
        text = self.texts[self.at]
        if text not in KNOWN or text in self.table:
            raise self.error(
                "it is not clear what stands below the fraction line", self.at, fix="write 1/(2m) or (1/2) m"
            )

    def flat(self, factors: list[Node], signs: list[str], start: int) -> Node:
        return s.Times(tuple(factors), tuple(signs), (self.starts[start], factors[-1].span[1])) if signs else factors[0]

    def beside(self, before: Node) -> Node:
        """A factor without a sign before it: no number after a number; `x` between numbers is a multiplication."""
        at = self.at
        if isinstance(before, s.Number) and self.texts[at] == "x" and self.kinds[at + 1] == NUMBER:
            if "x" in self.table or "x" in self.bound:
                fix = r"write \times for a multiplication, x \cdot for the name"
                raise self.error("x between numbers", at, "a name or a sign", fix=fix)
            self.at += 1
            return s.Dots(self.span(at))
        node = self.operand()
        if isinstance(node, s.Number) and isinstance(before, s.Number) and self.kinds[at] == NUMBER:
            fix = r"write \cdot, or put the digits together"
            raise self.error("two numbers side by side", at, "a sign between them", fix=fix)
        return node

    def crossed(self, signs: list[str], factors: list[Node]) -> str:
        """The sign of a factor set beside; a plain `x` between numbers has just been read as a placeholder."""
        if isinstance(factors[-1], s.Dots) and self.texts[self.at - 1] == "x":
            factors[-1] = self.operand()
            return "times"
        return ""

    def starts_operand(self) -> bool:
        kind, text = self.kinds[self.at], self.texts[self.at]
        if kind in (WORD, NAME, NUMBER):
            return text not in RESERVED
        if text == "{" and self.match[self.at] == self.at + 2 and self.texts[self.at + 1] in ALL_OF:
            return False  # \\text{ and }
        if text in PREFIX:
            return not (self.bars and text in ("|", "\\Vert"))
        return False

    def operand(self) -> Node:
        """One operand with everything that follows it: scripts, powers, factorials, entries."""
        start = self.at
        kind = self.kinds[start]
        if kind == NUMBER:
            self.at += 1
            node: Node = s.Number(self.texts[start], (self.starts[start], self.ends[start]))
        elif kind in (WORD, NAME):
            node = named(self)
        else:
            form = PREFIX.get(self.texts[start])
            if form is None:
                raise self.unexpected("an operand")
            node = form(self)
        following = self.texts[self.at]
        return self.followed(node, start) if following in AFTER else node

    def grow(self, node: Node) -> None:
        """Counts an operand that grows to the left, as a/b/c does: such a tree is as deep as it is long."""
        if isinstance(node, CHAINS):
            self.grown += 1
            if self.grown > self.limits.depth:
                raise self.error("nested too deeply", self.at, f"at most {self.limits.depth} such signs in a row")

    def followed(self, node: Node, start: int) -> Node:
        while (after := AFTER.get(self.texts[self.at])) is not None:
            grown = after(self, node, start)
            if grown is None:
                break
            self.grow(node)
            node = grown
        return node

    def body(self) -> Node:
        """What a big operator reaches: everything up to the next + or - at its depth."""
        return self.expression(ENTRYWISE)

    def signed_operand(self) -> Node:
        return self.expression(FACTOR) if self.texts[self.at] in ("-", "+") else self.nested_operand()

    def nested_operand(self) -> Node:
        """An operand inside another one, counted as a level of nesting."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise self.error("nested too deeply", self.at, f"at most {self.limits.depth} formulas in formulas")
        node = self.operand()
        self.depth -= 1
        return node

    def argument(self) -> Node:
        """What a command takes: a group in braces, or one letter, digit or command."""
        at = self.at
        text, kind = self.texts[at], self.kinds[at]
        if text == "{":
            return self.group()
        if kind == NUMBER:
            if len(text) > 1 and self.latex:
                raise self.error(f"only {text[0]} of {text} would be taken", at, "braces", fix=f"write {{{text}}}")
            self.at += 1
            return s.Number(text, (self.starts[at], self.ends[at]))
        if kind in (WORD, NAME) or text in ACCENTS:
            first = text[:1]
            glued = kind == WORD and len(text) > 1 and self.latex and text not in self.table
            if glued and first in self.table and self.table[first].plain and text[1:].isalpha():
                return split(self, text, first, at)  # \\frac1mX takes the m
            key, end, inner = letter(self.read, at)
            if not key or inner[0] or (len(text) > 1 and kind == WORD and text not in self.table):
                raise self.error(
                    f"it is not clear how much of {text} is meant", at, "braces", fix="put braces around it"
                )
            self.at = end
            return bare_name(self, key, at)
        form = FORMS.get(text)
        if form is None:
            raise self.unexpected("a letter, a digit or braces")
        self.depth += 1
        if self.depth > self.limits.depth:
            raise self.error("nested too deeply", at)
        node = form(self)
        self.depth -= 1
        return node

    def group(self) -> Node:
        """The expression between one pair of brackets, which must end where the pair ends."""
        close = self.match[self.at]
        bars, self.bars = self.bars, 0
        self.at += 1
        node = self.expression()
        if self.at != close:
            raise self.unexpected(self.texts[close])
        self.at += 1
        self.bars = bars
        return node

    def commas_in(self) -> tuple[Node, ...]:
        """Expressions separated by commas inside the brackets at the reader."""
        self.at += 1
        return self.commas(self.match[self.at - 1])

    def commas_until(self, stop: int) -> tuple[Node, ...]:
        """Expressions separated by commas up to the token `stop`, which is not stepped over."""
        items = [self.expression()]
        while self.texts[self.at] == "," and self.at < stop:
            self.at += 1
            items.append(self.expression())
        if self.at != stop:
            raise self.unexpected("a comma")
        return tuple(items)

    def commas(self, close: int) -> tuple[Node, ...]:
        """Expressions separated by commas (or semicolons) up to the token `close`, which is stepped over."""
        bars, self.bars = self.bars, 0
        items = [self.expression()]
        while self.texts[self.at] in (",", ";") and self.at < close:
            self.at += 1
            items.append(self.expression())
        if self.at != close:
            raise self.unexpected(f"a comma or {self.texts[close]}")
        self.at += 1
        self.bars = bars
        return tuple(items)


def _starred(reader: Reader, node: Node, start: int) -> Node:
    reader.at += 1
    return s.Power(node, reader.signed_operand(), reader.span(start))


def _factorial(reader: Reader, node: Node, start: int) -> Node:
    reader.at += 1
    return s.Factorial(node, reader.span(start))


def _transposed(reader: Reader, node: Node, start: int) -> Node:
    reader.at += 1
    return s.Transpose(node, reader.span(start))


# Sign behind an operand -> what it makes of it; None means that the sign belongs to what follows.
AFTER = {"^": raised, "**": _starred, "!": _factorial, ".T": _transposed, "_": entry_follows, "[": entry_follows}
