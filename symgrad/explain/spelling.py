"""How names and functions are displayed where the user does not say."""

from __future__ import annotations

import re

from symgrad.declare.model import Model, Tensor

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
PYTHON = {"lam": "lambda", "lambda_": "lambda"}  # lambda is a word of the language
ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}
HEAD_LATEX: dict[str, str] = {
    "exp": r"\exp",
    "log": r"\log",
    "tanh": r"\tanh",
    "sin": r"\sin",
    "cos": r"\cos",
    "sigmoid": r"\operatorname{sigmoid}",
    "softplus": r"\operatorname{softplus}",
    "relu": r"\operatorname{ReLU}",
    "step": r"\operatorname{ReLU}'",
    "abs": r"\operatorname{abs}",
    "sign": r"\operatorname{sign}",
    "tan": r"\tan",
    "sinh": r"\sinh",
    "cosh": r"\cosh",
    "atan": r"\operatorname{arctan}",
    "erf": r"\operatorname{erf}",
    "silu": r"\operatorname{SiLU}",
    "gelu": r"\operatorname{GELU}",
    "gelu_tanh": r"\operatorname{GELUtanh}",
    "leaky_relu": r"\operatorname{LeakyReLU}",
    "elu": r"\operatorname{ELU}",
    "max": r"\max",
    "min": r"\min",
    "pow": "",  # shown as a power
    "same": "",  # shown as the indicator of an equation
    "pi": r"\pi",
}


def template(tensor: Tensor) -> str:
    """The displayed form of a name, with # where its indices stand.

    Indices are the only subscript: W1 is W^{(1)}_#, W_in is W^{(in)}_#, W_in1 is W^{(in,1)}_#. A gradient with a name
    of its own has its label there too, also that of a number: delta3 is \\delta^{(3)}.
    """
    if tensor.shown:
        return tensor.shown
    letter, digits = re.fullmatch(r"(.*?)_?(\d*)", tensor.name).groups()  # type: ignore[union-attr]
    stem, *labels = letter.split("_")
    if (tensor.axes or tensor.kind == "adjoint") and (labels or digits):
        label = ",".join([*map(word, labels), *([digits] if digits else [])])
        return f"{word(stem)}^{{({label})}}" + ("_#" if tensor.axes else "")
    return word(tensor.name) + ("_#" if tensor.axes else "")


def word(name: str) -> str:
    """A name in LaTeX: greek letters, accents, digits as subscripts, longer words upright.

    >>> word("mu"), word("k1"), word("xhat"), word("loss"), word("w_in"), word("lam")
    ('\\\\mu', 'k_1', '\\\\hat{x}', '\\\\mathrm{loss}', 'w_{\\\\mathrm{in}}', '\\\\lambda')
    """
    name = PYTHON.get(name, name)
    if name in GREEK:
        return "\\" + name
    if len(name) == 1:
        return name
    for ending, accent in ACCENTS.items():
        stem = name.removesuffix(ending)
        if stem != name and (len(stem) == 1 or stem in GREEK):
            return f"{accent}{{{word(stem)}}}"
    stem, under, label = name.partition("_")
    if under and stem:
        return f"{word(stem)}_{{{word(label)}}}"
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", name)
    if found:
        digits = found[2] if len(found[2]) == 1 else f"{{{found[2]}}}"
        return f"{word(found[1])}_{digits}"
    return rf"\mathrm{{{name}}}"


def family(name: str) -> str:
    """The letters that a name begins with: what names of one kind share.

    >>> family("w25"), family("n_out"), family("g'")
    ('w', 'n', "g'")
    """
    letters, prime, _ = name.partition("'")
    found = re.match(r"[A-Za-z]+", letters)
    return (found[0] if found else name) + prime


def functions(model: Model) -> dict[str, str]:
    """The displayed form of each function: a sigmoid is written with the letter sigma where that names nothing else."""
    shown = [template(t) for t in model.tensors.values()] + [*model.sizes.values(), *map(word, model.sizes)]
    free = not any(r"\sigma" in text for text in [*shown, *(i.shown or word(i.name) for i in model.indices.values())])
    return HEAD_LATEX | ({"sigmoid": r"\sigma"} if free else {})


def function_latex(name: str) -> str:
    """An unknown function and its derivatives: g, g', g'', and q_1, q_{12} by the first, then the second argument."""
    stem, prime, by = name.partition("'")
    shown = word(stem) if len(stem) == 1 or stem in GREEK else rf"\operatorname{{{stem}}}"
    return f"{shown}_{{{by}}}" if by.strip("'") else shown + prime + by


def raised(latex: str) -> bool:
    """Whether a superscript stands at the top level of a name."""
    depth = 0
    for character in latex:
        depth += (character == "{") - (character == "}")
        if character == "^" and depth == 0:
            return True
    return False
