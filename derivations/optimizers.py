"""Update rules: what they make of the gradients, how far they may step, and five steps of each."""

import symgrad as sg

bowl = sg.Graph("quadratic")
w1, w2 = bowl.parameters("w1 w2")
L = bowl.define("L", (w1**2 + 10 * w2**2) / 2)
bowl.values(w1=1, w2=1)

noisy = sg.Graph("quadratic on a batch")  # the samples a_i shift its minimum
v1, v2 = noisy.parameters("w1 w2")
i = noisy.index("i", noisy.size("b"))
a = noisy.input("a", i)
Lb = noisy.define("L", sg.Sum((v1 - a[i]) ** 2 + 10 * (v2 - a[i]) ** 2, i) / (2 * noisy["b"]))
noisy.values(w1=1, w2=1)
batches = {a: [[0.3, -0.1], [-0.2, 0], [0.1, -0.3], [0.2, 0]]}

line = sg.Graph("one direction of a quadratic")
w, lam = line.parameter("w"), line.constant("lam", positive=True)
l = line.define("L", lam * w**2 / 2)  # noqa: E741
line.values(lam=10)


def rule(name):
    g = sg.Graph(name)
    return g, g.input("w"), g.input("G"), g.constant("alpha", positive=True)


g, w0, G, alpha = rule("gradient descent")
sgd = sg.Rule(g, (w0, g.define("w_new", w0 - alpha * G, shown="w'")), G)
g.values(alpha=0.1)

batch = sg.Graph("gradient of a mini-batch")
n = batch.index("i", batch.size("b"))
mu, s, Gi = batch.constant("mu"), batch.constant("s", positive=True), batch.input("G", n)
mean = batch.define("Gbar", sg.Sum(Gi[n], n) / batch["b"])

g, w0, G, rate = rule("momentum")
m, beta = g.input("m"), g.constant("beta", positive=True)
m1 = g.define("m_new", beta * m - rate * G, shown="m'")
momentum = sg.Rule(g, (w0, g.define("w_new", w0 + m1, shown="w'")), G, {m: m1})
g.values(alpha=0.1, beta=0.9)

g, w0, G, rate = rule("Adam")
ma, va, t = g.input("m"), g.input("v", sign="nonnegative"), g.size("t")
b1, b2 = g.constant("beta1", positive=True), g.constant("beta2", positive=True)
eps, mean_G = g.constant("epsilon", positive=True), g.constant("mu")
ma1 = g.define("m_new", b1 * ma + (1 - b1) * G, shown="m'")
va1 = g.define("v_new", b2 * va + (1 - b2) * G**2, shown="v'")
mhat, vhat = g.define("mhat", ma1 / (1 - b1**t)), g.define("vhat", va1 / (1 - b2**t))
wa = g.define("w_new", w0 - rate * mhat / (sg.sqrt(vhat) + eps), shown="w'")
adam = sg.Rule(g, (w0, wa), G, {ma: ma1, va: va1}, count=t)
g.values(alpha=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8)

down = sg.Descent("gradient descent", sgd, L, bowl)
few = sg.Descent("mini-batches", sgd, Lb, noisy, batches=batches, beside=[down])
heavy = sg.Descent("momentum", momentum, L, bowl, beside=[down])
own = sg.Descent("Adam", adam, L, bowl, beside=[down, heavy])

exercise = sg.Exercise(
    id="optimizers",
    title="Optimisers",
    statement="Each update rule is for one weight w with the gradient G; w' is its next value. Memory starts with 0.",
    graph=[bowl, noisy, line, sgd.graph, batch, momentum.graph, adam.graph],
    questions=[
        sg.Together("sgd", "Gradient descent", [sg.Stable("bound", sgd, alpha, l, line), down],
                    advice="Lower the step size when the loss jumps."),
        sg.Together("minibatch", "Mini-batches", [
            sg.Moments("variance", mean, Gi, mean=mu, variance=s**2, independent=True, graph=batch), few],
            advice="A batch that is four times as large halves the noise."),
        sg.Together("momentum", "Momentum", [sg.Unrolled("sum", momentum, m), heavy],
                    advice="Start with beta = 0.9."),
        sg.Together("adam", "Adam", [sg.Unrolled("bias", adam, ma, expected=mean_G, corrected=mhat), own],
                    advice="A good first choice where gradients differ in size."),
    ],
)  # fmt: skip
