"""The spellings of one thing, one row each: the tables behind the tokens and the parser."""

from __future__ import annotations

from dataclasses import dataclass

# Dropped without a trace: spacing, sizes of brackets, styles and fonts around letters. The braces behind a font stay.
SPACING = (
    r"""\, \; \: \! \> \quad \qquad \thinspace \medspace \enspace \left \right \middle \big \Big \bigg \Bigg
\bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm \limits \nolimits \displaystyle
\textstyle \scriptstyle \nonumber \notag \hfill \( \) \[ \] $ ~""".split()
    + ["\\ "]
)
FONTS = r"""\mathrm \text \operatorname \operatorname* \mathbf \boldsymbol \bm \mathit \mathsf \mathcal \mathscr
\mathfrak \mathtt \textbf \textrm \textit \texttt \textnormal \mathbb \mathbbm \mathds \rm \bf \cancel
\bcancel \xcancel \boxed""".split()

# Another spelling -> the spelling the parser knows.
SIGNS = {
    "\\leq": "<=",
    "\\le": "<=",
    "\\leqslant": "<=",
    "\\geq": ">=",
    "\\ge": ">=",
    "\\geqslant": ">=",
    "\\neq": "!=",
    "\\ne": "!=",
    "\\lt": "<",
    "\\gt": ">",
    "==": "=",
    "\\equiv": "=",
    "\\isin": "\\in",
    "\\star": "*",
    "\\ast": "*",
    "\\centerdot": "\\cdot",
    "\\circ": "\\odot",
    "\\bullet": "\\odot",
    "\\intercal": "\\top",
    "\\prime": "'",
    "\\dfrac": "\\frac",
    "\\tfrac": "\\frac",
    "\\cfrac": "\\frac",
    "\\dbinom": "\\binom",
    "\\tbinom": "\\binom",
    "\\vert": "|",
    "\\|": "\\Vert",
    "\\lbrack": "[",
    "\\rbrack": "]",
    "\\lbrace": "\\{",
    "\\rbrace": "\\}",
    "\\ldots": "\\dots",
    "\\cdots": "\\dots",
    "\\dotsc": "\\dots",
    "\\dotsb": "\\dots",
    "...": "\\dots",
    "\\mid": "\\mid",
    "\\wedge": "\\land",
    "\\varepsilon": "\\epsilon",
    "\\vartheta": "\\theta",
    "\\varphi": "\\phi",
    "\\widehat": "\\hat",
    "\\widetilde": "\\tilde",
    "\\overline": "\\bar",
    "\\div": "/",
    "\\newline": "\\\\",
    "\\left(": "(",
    "\\right)": ")",
    "\\left[": "[",
    "\\right]": "]",
    "\\left|": "\\lvert",
    "\\right|": "\\rvert",
    "\\left\\vert": "\\lvert",
    "\\right\\vert": "\\rvert",
    "\\left\\lvert": "\\lvert",
    "\\right\\rvert": "\\rvert",
    "\\left\\|": "\\lVert",
    "\\right\\|": "\\rVert",
    "\\left\\Vert": "\\lVert",
    "\\right\\Vert": "\\rVert",
    "\\left\\lVert": "\\lVert",
    "\\right\\rVert": "\\rVert",
    "\\left\\{": "\\{",
    "\\right\\}": "\\}",
    "\\left\\lbrace": "\\{",
    "\\right\\rbrace": "\\}",
    "\\left\\lfloor": "\\lfloor",
    "\\right\\rfloor": "\\rfloor",
    "\\left\\lceil": "\\lceil",
    "\\right\\rceil": "\\rceil",
    "\\left\\langle": "\\langle",
    "\\right\\rangle": "\\rangle",
}

# The signs the parser knows by themselves (everything else that is no word, number or command is refused).
PLAIN_SIGNS = r"""+ - * / ^ _ = < > ( ) [ ] { } | , ; : & ! ' @ . # ** .. <= >= != .T \\ \{ \} \cdot \times \odot
\otimes \frac \sqrt \binom \sum \prod \max \min \partial \nabla \dots \in \mid \land \top \lvert
\rvert \lVert \rVert \Vert \lfloor \rfloor \lceil \rceil \langle \rangle \substack \underbrace
\overbrace""".split()

ACCENTS = r"\hat \bar \tilde \vec \dot \ddot \check \breve \underline".split()

BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "\\{": "\\}",
    "\\lvert": "\\rvert",
    "\\lVert": "\\rVert",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
    "\\langle": "\\rangle",
}

# Unicode mathematics -> what it would be in LaTeX; one character may stand for several pieces, separated by spaces.
UNICODE = {
    "−": "-",
    "–": "-",
    "·": "\\cdot",
    "⋅": "\\cdot",
    "∙": "\\cdot",
    "×": "\\times",
    "÷": "/",
    "∗": "*",
    "⊙": "\\odot",
    "∘": "\\odot",
    "⊗": "\\otimes",
    "≤": "<=",
    "⩽": "<=",
    "≥": ">=",
    "⩾": ">=",
    "≠": "!=",
    "≈": "\\approx",
    "⇒": "\\Rightarrow",
    "∴": "\\therefore",
    "∈": "\\in",
    "∧": "\\land",
    "∂": "\\partial",
    "∇": "\\nabla",
    "∑": "\\sum",
    "∏": "\\prod",
    "√": "\\sqrt",
    "…": "\\dots",
    "⋯": "\\dots",
    "′": "'",
    "’": "'",
    "″": "' '",
    "⊤": "\\top",
    "ᵀ": "^ \\top",
    "⌊": "\\lfloor",
    "⌋": "\\rfloor",
    "⌈": "\\lceil",
    "⌉": "\\rceil",
    "‖": "\\Vert",
    "ℓ": "\\ell",
    "⁻¹": "^ { - 1 }",
    "𝟙": "\\1",
    "𝟏": "\\1",
    "\u00a0": "",
    "\u2009": "",
    "\u202f": "",
    "\u2003": "",
    "\u2002": "",
    "ϵ": "\\epsilon",
    "ϕ": "\\phi",
    "ϑ": "\\theta",
    "ς": "\\sigma",
    **{mark: f"^ {digit}" for digit, mark in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{mark: f"_ {digit}" for digit, mark in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{mark: f"_ {letter}" for letter, mark in zip("ijnmkt", "ᵢⱼₙₘₖₜ", strict=True)},
    **dict(
        zip(
            "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
            r"""\alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi \rho \sigma
\tau \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega""".split(),
            strict=True,
        )
    ),
}

RELATIONS = ("=", "!=", "<", "<=", ">", ">=")

# Environment -> what its rows are.
ENVIRONMENTS = {
    "cases": "cases",
    "dcases": "cases",
    **dict.fromkeys(["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "smallmatrix", "array"], "matrix"),
    **dict.fromkeys(["align", "align*", "aligned", "split", "gather", "gather*", "gathered"], "lines"),
    **dict.fromkeys(["equation", "equation*", "eqnarray", "eqnarray*", "multline", "multline*"], "lines"),
}

OTHERWISE = ("otherwise", "else", "sonst")
SUCH_THAT = ("if", "when", "for", "wenn", "with")
ALL_OF = ("and", "und")
# Words of sentences and programs: never a product of letters.
RESERVED = frozenset([*OTHERWISE, *SUCH_THAT, *ALL_OF, "or", "not", "in", "is", "lambda", "import", "def", "return"])


@dataclass(frozen=True, slots=True)
class Function:
    """A function everybody knows. `node` is the syntax node it becomes; the usual one is Call."""

    code: str
    latex: str
    spellings: tuple[str, ...]
    node: str = "Call"
    arity: int | None = 1


FUNCTIONS = (
    Function("exp", r"\exp", (r"\exp", "exp")),
    Function("log", r"\log", (r"\log", "log", r"\ln", "ln")),
    Function("sin", r"\sin", (r"\sin", "sin")),
    Function("cos", r"\cos", (r"\cos", "cos")),
    Function("tan", r"\tan", (r"\tan", "tan")),
    Function("sinh", r"\sinh", (r"\sinh", "sinh")),
    Function("cosh", r"\cosh", (r"\cosh", "cosh")),
    Function("tanh", r"\tanh", (r"\tanh", "tanh")),
    Function("sech", r"\operatorname{sech}", (r"\sech", "sech")),
    Function("atan", r"\arctan", (r"\arctan", "arctan", "atan")),
    Function("erf", r"\operatorname{erf}", (r"\erf", "erf")),
    Function("sigmoid", r"\operatorname{sigmoid}", ("sigmoid", r"\sigma")),
    Function("relu", r"\operatorname{ReLU}", ("ReLU", "relu", "Relu", "RELU", r"\ReLU", r"\relu")),
    Function("step", r"\operatorname{step}", ("step", r"\step")),
    Function("silu", r"\operatorname{SiLU}", ("SiLU", "silu", "swish", r"\silu")),
    Function("gelu", r"\operatorname{GELU}", ("GELU", "gelu", r"\gelu")),
    Function("gelu_tanh", r"\operatorname{GELUtanh}", ("GELUtanh", "gelutanh")),
    Function("leaky_relu", r"\operatorname{LeakyReLU}", ("LeakyReLU", "leakyrelu"), arity=2),
    Function("elu", r"\operatorname{ELU}", ("ELU", "elu"), arity=2),
    Function("softplus", r"\operatorname{softplus}", ("softplus", r"\softplus")),
    Function("softmax", r"\operatorname{softmax}", ("softmax", r"\softmax")),
    Function(
        "heaviside", r"\operatorname{heaviside}", ("heaviside", "Heaviside", "H", r"\Theta", r"\theta"), arity=None
    ),
    Function("sign", r"\operatorname{sign}", ("sign", "sgn", r"\sgn", r"\sign")),
    Function("max", r"\max", (r"\max", "max", "maximum"), arity=None),
    Function("min", r"\min", (r"\min", "min", "minimum"), arity=None),
    Function("argmax", r"\operatorname{argmax}", ("argmax", r"\argmax")),
    Function("argmin", r"\operatorname{argmin}", ("argmin", r"\argmin")),
    Function("sum", r"\operatorname{sum}", ("sum", "Sum")),
    Function("prod", r"\operatorname{prod}", ("prod", "Product")),
    Function("mean", r"\operatorname{mean}", ("mean",)),
    Function("trace", r"\operatorname{tr}", ("tr", "trace", r"\tr")),
    Function("det", r"\det", ("det", r"\det")),
    Function("inv", r"\operatorname{inv}", ("inv",)),
    Function("sqrt", "", ("sqrt",), "Root"),
    Function("abs", "", ("abs",), "Absolute"),
    Function("norm", "", ("norm",), "Norm"),
    Function("floor", "", ("floor",), "Floor"),
    Function("ceil", "", ("ceil", "ceiling"), "Ceiling"),
    Function("factorial", "", ("factorial",), "Factorial"),
    Function("binomial", "", ("binomial", "binom", "comb"), "Binomial", 2),
    Function("diag", r"\operatorname{diag}", ("diag", r"\diag"), "Diagonal"),
    Function("transpose", "", ("transpose",), "Transpose"),
    Function("delta", "", ("KroneckerDelta",), "Delta", 2),
    Function("outer", "", ("outer",), "Outer", 2),
    Function("inner", "", ("inner", "vdot"), "InnerProduct", 2),
    Function("matmul", "", ("matmul", "dot"), "MatrixProduct", 2),
    Function("indicator", "", ("indicator", "I"), "Iverson"),
)
KNOWN = {spelling: row for row in FUNCTIONS for spelling in row.spellings}
BY_CODE = {row.code: row for row in FUNCTIONS}

# Spellings of the sign that binds names; the words only before `_` `^` or brackets with a bound name.
BIG_OPERATORS = {
    "\\sum": "sum",
    "\\prod": "prod",
    "\\max": "max",
    "\\min": "min",
    "sum": "sum",
    "Sum": "sum",
    "prod": "prod",
    "Product": "prod",
    "max": "max",
    "min": "min",
    "\\argmax": "argmax",
    "\\argmin": "argmin",
    "argmax": "argmax",
    "argmin": "argmin",
    "\\Sigma": "sum",
    "\\Pi": "prod",
}
