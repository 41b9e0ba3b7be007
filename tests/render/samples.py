"""Keys and formulas built by hand, with the constructs that worked solutions need. No engine is involved."""

from __future__ import annotations

from symgrad.explain.blocks import Display, Formula, Key, Line, Lines, Prose, Question, Table
from symgrad.explain.layout import (
    BigOperator,
    Call,
    Cases,
    Fraction,
    Layout,
    Matrix,
    Name,
    Number,
    Partial,
    Plus,
    Power,
    Product,
    Relation,
    Root,
    Tuple,
)


def name(latex: str, plain: str = "", raised: bool = False) -> Name:
    return Name(latex, plain or latex, raised)


def number(value: int | str) -> Number:
    return Number(str(value))


def times(*factors: Layout) -> Product:
    return Product(factors)


def plus(*terms: Layout) -> Plus:
    return Plus(tuple((1, term) for term in terms))


def minus(first: Layout, *others: Layout) -> Plus:
    return Plus(((1, first), *((-1, term) for term in others)))


def negative(tree: Layout) -> Plus:
    return Plus(((-1, tree),))


def equal(left: Layout, right: Layout, sign: str = "=") -> Relation:
    return Relation((left, right), (sign,))


def total(index: str, start: int | str, end: Layout | None, body: Layout) -> BigOperator:
    return BigOperator("sum", (equal(name(index), number(start)),), end, body)


def over(index: Layout, body: Layout) -> BigOperator:
    return BigOperator("sum", (index,), None, body)


def f(tree: Layout) -> Formula:
    return Formula(tree)


# Batch normalisation
M, I_, J, LOSS = name("m"), name("i"), name("j"), name("f")
GAMMA, BETA, MU, EPS = (
    name(r"\gamma", "gamma"),
    name(r"\beta", "beta"),
    name(r"\mu", "mu"),
    name(r"\epsilon", "epsilon"),
)
VAR = name(r"\sigma^2", "sigma2", raised=True)
X_I, XHAT_I, XHAT_J = name("x_{i}", "x[i]"), name(r"\hat{x}_{i}", "xhat[i]"), name(r"\hat{x}_{j}", "xhat[j]")
Y_I, Y_J = name("y_{i}", "y[i]"), name("y_{j}", "y[j]")
D_Y_I, D_Y_J = Partial(LOSS, Y_I), Partial(LOSS, Y_J)
D_XHAT, D_VAR, D_MU, D_X = (Partial(LOSS, tree) for tree in (XHAT_I, VAR, MU, X_I))
DEVIATION = Root(plus(VAR, EPS))
CENTRED = minus(X_I, MU)
SUM_CENTRED = total("i", 1, M, CENTRED)
COMPACT = Fraction(
    times(
        GAMMA,
        minus(times(M, D_Y_I), total("j", 1, M, D_Y_J), times(XHAT_I, total("j", 1, M, times(D_Y_J, XHAT_J)))),
    ),
    times(M, DEVIATION),
)
LONG = plus(
    times(D_XHAT, Fraction(number(1), DEVIATION)),
    times(D_VAR, Fraction(times(number(2), CENTRED), M)),
    times(
        Fraction(number(1), M), minus(negative(times(Fraction(number(1), DEVIATION), total("i", 1, M, D_XHAT))), D_VAR)
    ),
    times(Fraction(number(2), M), D_VAR, SUM_CENTRED),
    times(Fraction(GAMMA, M), total("j", 1, M, times(D_Y_J, XHAT_J)), Fraction(CENTRED, plus(VAR, EPS))),
)

STATEMENT = (
    Prose(
        (
            "A batch ",
            f(Relation((name("x_{1}"), name(r"\ldots", "..."), name("x_{m}")), ("<=", "<="))),
            " of scalars is normalised and scaled. A scalar loss ",
            f(LOSS),
            " depends on ",
            f(name("y")),
            " only, and ",
            f(D_Y_I),
            " is given.",
        ),
        "statement",
    ),
    Display(f(equal(MU, times(Fraction(number(1), M), total("i", 1, M, X_I))))),
    Display(f(equal(VAR, times(Fraction(number(1), M), total("i", 1, M, Power(CENTRED, number(2))))))),
    Display(Formula(equal(XHAT_I, Fraction(CENTRED, DEVIATION)), "x hat i is x i minus mu over the deviation")),
    Display(f(equal(Y_I, plus(times(GAMMA, XHAT_I), BETA)))),
)

PART_E = Question(
    "e",
    ("Find ", f(D_MU), "."),
    (
        Prose((f(D_XHAT), " from (c), ", f(D_VAR), " from (d)."), "given"),
        Prose(
            (f(MU), " reaches ", f(LOSS), " along two paths: through every ", f(XHAT_I), ", and through ", f(VAR), "."),
            "paths",
        ),
        Lines(
            (
                Line(
                    D_MU,
                    plus(total("i", 1, M, times(D_XHAT, Partial(XHAT_I, MU))), times(D_VAR, Partial(VAR, MU))),
                    ("total derivative over the two paths",),
                ),
                Line(
                    Partial(XHAT_I, MU),
                    negative(Fraction(number(1), DEVIATION)),
                    (f(equal(XHAT_I, Fraction(CENTRED, DEVIATION))), " with ", f(VAR), " held"),
                    aside=True,
                ),
                Line(
                    Partial(VAR, MU),
                    negative(times(Fraction(number(2), M), SUM_CENTRED)),
                    ("chain rule under the sum",),
                    aside=True,
                ),
                Line(
                    D_MU,
                    minus(
                        negative(times(Fraction(number(1), DEVIATION), total("i", 1, M, D_XHAT))),
                        times(D_VAR, Fraction(number(2), M), SUM_CENTRED),
                    ),
                    ("substitute",),
                ),
                Line(
                    SUM_CENTRED,
                    minus(total("i", 1, M, X_I), times(M, MU)),
                    ("the sum, term by term",),
                    aside=True,
                    level=3,
                ),
                Line(None, number(0), ("definition of ", f(MU)), aside=True),
                Line(
                    D_MU,
                    negative(times(Fraction(GAMMA, DEVIATION), total("i", 1, M, D_Y_I))),
                    ("the second path vanishes; (c)",),
                    boxed=True,
                    level=1,
                    spoken="d f by d mu is minus gamma over the deviation times the sum of d f by d y i",
                ),
            )
        ),
        Prose(
            (
                "against central differences at ",
                f(equal(M, name("1, 2, 3, 5, 8"))),
                ": worst relative error 3e-10 (a 0.1 % change of the answer would show).",
            ),
            "checked",
        ),
    ),
    {"wrt": "mu", "answer": "-gamma*sum(df/dy[i], i=1..m)/sqrt(sigma2 + epsilon)"},
)

PART_F = Question(
    "f",
    ("Find ", f(D_X), ", path by path, then in compact form."),
    (
        Prose((f(X_I), " reaches ", f(LOSS), " along three paths."), "paths"),
        Table(
            (("Path",), ("Factor",), ("Why it exists",)),
            (
                (
                    ("through ", f(XHAT_I)),
                    (f(Fraction(number(1), DEVIATION)),),
                    (
                        f(X_I),
                        " is what is centred",
                    ),
                ),
                (
                    ("through ", f(VAR)),
                    (f(Fraction(times(number(2), CENTRED), M)),),
                    ("the variance is of the ", f(X_I)),
                ),
                (("through ", f(MU)), (f(Fraction(number(1), M)),), ("the mean is of the ", f(X_I))),
            ),
            ("Three paths, three contributions.",),
        ),
        Lines(
            (
                Line(
                    D_X,
                    LONG,
                    ("the three contributions, before anything is simplified, in the order in which they arise",),
                ),
                Line(
                    None,
                    COMPACT,
                    ("fold the mean, the variance and ", f(XHAT_I), " back into their names"),
                    boxed=True,
                    level=1,
                ),
            )
        ),
        Prose(("against central differences: worst relative error 2e-10.",), "checked"),
    ),
)

# Softmax and cross-entropy
H_I, H_J, H_K, P_I, P_J = name("h_{i}"), name("h_{j}"), name("h_{k}"), name("P(y=i)"), name("P(y=j)")
K, N = name("k"), name("N")


def exp(tree: Layout) -> Call:
    return Call(r"\exp", "exp", (tree,))


SUM_EXP = over(K, exp(H_K))
SOFTMAX = Question(
    "jacobian",
    ("Find ", f(Partial(P_J, H_I)), " for all ", f(I_), " and ", f(J), "."),
    (
        Lines(
            (
                Line(
                    Partial(P_J, H_I),
                    Fraction(
                        minus(times(name(r"\delta_{ij}", "delta[i,j]"), exp(H_J), SUM_EXP), times(exp(H_J), exp(H_I))),
                        Power(SUM_EXP, number(2)),
                    ),
                    ("quotient rule",),
                ),
                Line(
                    None,
                    Cases(
                        (
                            (times(P_I, minus(number(1), P_I)), equal(I_, J)),
                            (negative(times(P_I, P_J)), equal(I_, J, "!=")),
                        )
                    ),
                    ("the two cases",),
                ),
                Line(
                    None,
                    times(P_J, minus(name(r"\delta_{ij}", "delta[i,j]"), P_I)),
                    ("one formula for both",),
                    boxed=True,
                    level=1,
                ),
            )
        ),
        Display(f(equal(name("L"), negative(over(J, times(name("y_{j}"), Call(r"\log", "log", (P_J,)))))))),
    ),
)

# A convolution with its borders, a layer with numbers
K1, K2, H1, W2 = name("k_{1}"), name("k_{2}"), name("H_{1}"), name(r"\mathbf{W}^{(2)}", "W2", raised=True)
BORDER = BigOperator(
    "sum",
    (
        Relation((number(0), K1, minus(name("K_{1}"), number(1))), ("<=", "<=")),
        Relation((number(0), minus(I_, K1), minus(H1, name("K_{1}"))), ("<=", "<=")),
    ),
    None,
    times(Partial(name("J"), name("Z_{i - k_{1}, j - k_{2}, m}")), name("W_{k_{1}, k_{2}, n, m}")),
)
MATRIX = Matrix(((number(1), number(0)), (number(3), number(4)), (negative(number(1)), number(2))))
NETWORK = Question(
    "numbers",
    ("A convolution at its border, and a layer with numbers.",),
    (
        Lines(
            (
                Line(Partial(name("J"), name("X_{i, j, n}")), BORDER, ("terms outside the range of Z are zero",)),
                Line(
                    name("a^{(1)}", raised=True),
                    plus(
                        times(MATRIX, Matrix(((number(2),), (number(1),)))),
                        Matrix(((number(0),), (negative(number(2)),), (number(5),))),
                    ),
                    ("the numbers of ", f(name(r"\mathbf{W}^{(1)}")), " put in"),
                ),
                Line(
                    Power(W2, name(r"\top", "T")),
                    times(
                        number(2), number(3), Power(Call(r"\tanh", "tanh", (name("u"),)), number(2)), Root(name("u"))
                    ),
                    (),
                ),
                Line(
                    name("n"),
                    plus(Call("floor", "floor", (Fraction(plus(H1, number(4)), number(2)),)), number(1)),
                    ("number of starts",),
                ),
                Line(
                    name("|path|"),
                    BigOperator("max", (I_,), None, Call("abs", "abs", (X_I,))),
                    ("largest factor",),
                    relation="<=",
                ),
                Line(
                    name("g(x)"),
                    Call(r"\operatorname{ReLU}'", "relu_prime", (Tuple((name("a"), Number("0.3"))),)),
                    (),
                    level=3,
                ),
            )
        ),
    ),
)

KEY = Key(
    "batch_normalization", "Batch normalisation: the backward pass", STATEMENT, (PART_E, PART_F, SOFTMAX, NETWORK)
)


HOSTILE = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror=alert(1)>',
    r"\input{/etc/passwd} \write18{rm} ^^41 % $ & # _ ~ { } \end{document}",
    "]]> &amp; <!-- --> </style> </title> </script>",
    "| a | $x$ | `code` [link](javascript:alert(1)) *b* _c_ ~~d~~ \\",
    "# not a heading",
    "1. not a list",
    "-- '' ,, ?` !` \"quoted\" [x] 50% naïve Łódź σ² ≤ ∂f",
)


def hostile_key(text: str) -> Key:
    """A key that says `text` wherever prose can stand."""
    run = (text, f(X_I), text)
    blocks = (
        *(Prose(run, kind) for kind in ("statement", "given", "paths", "remark", "checked", "answer")),
        Display(Formula(X_I, text)),
        Lines((Line(X_I, MU, run, boxed=True, level=1, spoken=text), Line(None, VAR, (text,), aside=True, level=1))),
        Table((run, (text,)), ((run, (text,)),), run),
    )
    return Key(text, text, blocks, (Question("a", run, blocks), Question("b", (text,), ())))


def trees(key: Key) -> list[Layout]:
    """Every formula of a key."""
    found: list[Layout] = []

    def runs(*several: tuple[object, ...]) -> None:
        found.extend(part.tree for run in several for part in run if isinstance(part, Formula))

    for block in (*key.statement, *(block for question in key.questions for block in question.blocks)):
        match block:
            case Prose(run, _):
                runs(run)
            case Display(formula):
                found.append(formula.tree)
            case Lines(lines):
                for line in lines:
                    found.extend(tree for tree in (line.left, line.right) if tree is not None)
                    runs(line.reason)
            case Table(head, rows, caption):
                runs(*head, *(cell for row in rows for cell in row), caption)
    for question in key.questions:
        runs(question.title)
    return found


FORMULAS = trees(KEY)
