"""A dense network 30 -> 1024 -> 512 -> 1: sizes after each layer, and the number of parameters."""

import symgrad as sg

g = sg.Graph("dense network")
B = g.size("B")  # samples of a batch
x = g.input("x", B, 30)
sg.Sequential(sg.Linear(30, 1024), sg.ReLU(), sg.Linear(1024, 512), sg.ReLU(), sg.Linear(512, 1))(g, x)
layers = [g["z1"], g["z2"], g["z3"]]

exercise = sg.Exercise(
    id="dense_parameters",
    title="Parameters of a dense network",
    statement="Three dense layers with biases take 30 features to 1024, to 512 and to 1.",
    graph=g,
    questions=[
        sg.Shape("sizes", of=layers, text="What is the size after each layer?"),
        sg.Count("total", "parameters", text="How many parameters does the network have?"),
    ],
)
