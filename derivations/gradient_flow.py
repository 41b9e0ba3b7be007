"""How gradients change on their way through many layers, with and without skip connections."""

import symgrad as sg

two = sg.Graph("two layers")
x = two.input("x")
z1 = two.define("z1", two.function("f")(x))
z2 = two.define("z2", two.function("h")(z1))
L = two.loss("L", of=z2)

skip = sg.Graph("two layers with a skip")
xs = skip.input("x")
z1s = skip.define("z1", skip.function("f")(xs))
z2s = skip.define("z2", skip.function("h")(z1s))
y = skip.define("y", z2s + xs)
Ls = skip.loss("L", of=y)

plain = sg.Graph("plain network")
n, c, g = plain.size("n"), plain.constant("c"), plain.constant("g", shown="g_n")
z0 = plain.input("x")
z = plain.define("z", plain.function("f")(z0))
plain.values(c=0.5, g=0.5)

residual = sg.Graph("residual network")  # F stands for two layers
B, cB, gB = residual.size("B"), residual.constant("c"), residual.constant("g", shown="g_B")
r0 = residual.input("x")
F = residual.define("F", residual.function("f")(r0))
r = residual.define("y", F + r0)
residual.values(c=0.25, g=0.5)

local = {"dz2/dz1": 0.005, "dz1/dx": 0.1}
without = sg.Chain("2", of=L, wrt=x, local={"dL/dz2": 0.01, **local}, graph=two)
with_skip = sg.Chain("3", of=Ls, wrt=xs, local={"dL/dy": 0.01, **local}, graph=skip)
flat = sg.Depth("5", of=z, wrt=z0, blocks=n, local={"dz/dx": c}, last=g, depths=range(1, 7), graph=plain)
blocks = sg.Depth("6", of=r, wrt=r0, blocks=B, local={"dF/dx": cB}, last=gB, layers=2, depths=[1, 2, 3], graph=residual,
                  beside=[flat])  # fmt: skip

exercise = sg.Exercise(
    id="gradient_flow",
    title="Gradients in deep networks",
    statement="Two layers with numbers, without and with a skip; then networks that repeat the layer or block shown.",
    graph=[two, skip, plain, residual],
    questions=[
        sg.Depth("1", of=z, wrt=z0, blocks=n, text="Find the gradient at layer i as a product.", graph=plain),
        without,
        with_skip,
        sg.Compare("4", of=(without, with_skip)),
        flat,
        blocks,
    ],
)
