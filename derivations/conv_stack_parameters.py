"""Three 3 x 3 convolutions one after the other: parameters of each layer and of all."""

import symgrad as sg

g = sg.Graph("three convolutions")
B, H, V = g.sizes("B H V")  # images of a batch, their height and width: parameters do not depend on them
x = g.input("x", B, 3, H, V)
sg.Sequential(sg.Conv2d(3, 100, 3), sg.Conv2d(100, 200, 3), sg.Conv2d(200, 400, 3))(g, x)
layers = [g["z1"], g["z2"], g["z3"]]

exercise = sg.Exercise(
    id="conv_stack_parameters",
    title="Parameters of a stack of convolutions",
    statement="Three convolutions with 3 x 3 kernels and a bias take 3 channels to 100, 200 and 400.",
    graph=g,
    questions=[
        *(sg.Count(f"layer{n}", "parameters", of=z, text=f"Layer {n}.") for n, z in enumerate(layers, start=1)),
        sg.Count("total", "parameters", of=layers, text="All layers."),
    ],
)
