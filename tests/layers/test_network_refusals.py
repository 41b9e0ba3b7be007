"""Bad declarations of networks: each is refused in the call that makes it, in four parts."""

from __future__ import annotations

import pytest

import symgrad as sg


def network(*layers, shape):
    g = sg.Graph("network")
    sizes = [g.size(s) if isinstance(s, str) else s for s in shape]
    return sg.Sequential(*layers)(g, g.input("x", *sizes))


def convolution(make):
    g = sg.Graph("convolution")
    H, K = g.sizes("H K")
    k, p = g.index("k", K), g.index("p", H)
    x, w = g.input("x", p), g.parameter("w", k)
    return make(g, H, K, x, w, k)


IMAGE = ("m", 3, 9, 9)
REFUSED = {
    "dense layers that do not chain": (
        lambda: network(sg.Linear(10, 5), sg.Linear(6, 2), shape=("m", 10)),
        "5 and 6 differ",
    ),
    "an input of another size": (lambda: network(sg.Linear(10, 5), shape=("m", 11)), "11 and 10 differ"),
    "an input of any size": (lambda: network(sg.Linear(10, 5), shape=("m", "n")), "n and 10 differ, unless n = 10"),
    "channels that do not chain": (
        lambda: network(sg.Conv2d(3, 5, 3), sg.Conv2d(4, 2, 3), shape=IMAGE),
        "4 and 5 differ",
    ),
    "a dense layer on an image": (lambda: network(sg.Conv2d(3, 2, 3), sg.Linear(9, 1), shape=IMAGE), "7 and 9 differ"),
    "no image": (lambda: network(sg.Conv2d(1, 2, 3), shape=("m", 9)), "4 axes are needed"),
    "a kernel larger than the padded image": (
        lambda: network(sg.Conv2d(3, 5, 7, padding=1), shape=("m", 3, 4, 4)),
        "a kernel that is larger than its image",
    ),
    "images that shrink away": (
        lambda: network(sg.Conv2d(3, 5, 3), sg.Conv2d(5, 5, 3), shape=("m", 3, 4, 4)),
        "a kernel that is larger than its image",
    ),
    "a pool that is too large": (lambda: network(sg.MaxPool2d(5), shape=("m", 1, 4, 4)), "larger than its image"),
    "stride 0": (lambda: network(sg.Conv2d(3, 5, 3, stride=0), shape=IMAGE), "a stride, kernel or dilation"),
    "half a stride": (lambda: network(sg.Conv2d(3, 5, 3, stride=1.5), shape=IMAGE), "a stride, kernel or dilation"),
    "kernel 0": (lambda: network(sg.Conv2d(3, 5, 0), shape=IMAGE), "a stride, kernel or dilation of 1 or more"),
    "padding -1": (lambda: network(sg.Conv2d(3, 5, 3, padding=-1), shape=IMAGE), "a padding of 0 or more"),
    "half a padding": (lambda: network(sg.Conv2d(3, 5, 3, padding=0.5), shape=IMAGE), "a padding of 0 or more"),
    "transposed, padding -1": (
        lambda: network(sg.ConvTranspose2d(3, 5, 3, padding=-1), shape=IMAGE),
        "a padding of 0 or more",
    ),
    "no filters": (lambda: network(sg.Conv2d(3, 0, 3), shape=IMAGE), "an index without values"),
    "no neurons": (lambda: network(sg.Linear(3, 0), shape=("m", 3)), "an index without values"),
    "half a neuron": (lambda: network(sg.Linear(3, 2.5), shape=("m", 3)), "an axis is a declared index"),
    "stride 0 by hand": (
        lambda: convolution(lambda g, H, K, x, w, k: g.index("i", (H - K) // 0 + 1)),
        "an index expression divided by 0",
    ),
    "a start too many": (
        lambda: convolution(
            lambda g, H, K, x, w, k: (
                g.require(H >= K),
                i := g.index("i", H - K + 2),
                g.define("z", sg.Sum(w[k] * x[i + k], k), over=i),
            )
        ),
        "x is read outside its range",
    ),
    "numbers of another shape": (
        lambda: convolution(lambda g, H, K, x, w, k: g.values(H=3, x=[1, 2])),
        "numbers of another shape than x",
    ),
    "rows of different lengths": (
        lambda: convolution(lambda g, H, K, x, w, k: g.values(x=[[1, 2], [3]])),
        "numbers of another shape than x",
    ),
    "size 0": (lambda: convolution(lambda g, H, K, x, w, k: g.values(H=0)), "a size is an integer of at least 1"),
    "numbers that break a requirement": (
        lambda: convolution(lambda g, H, K, x, w, k: (g.require(H >= K), g.values(x=[1], w=[1, 2]))),
        "sizes that break a requirement",
    ),
    "text for numbers": (lambda: convolution(lambda g, H, K, x, w, k: g.values(x="12")), "not numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_four_parts(case):
    make, what = REFUSED[case]
    with pytest.raises(sg.DeclarationError) as caught:
        make()
    error = caught.value
    assert what in error.what
    assert error.where and error.expected and error.given and error.fix, str(error)
