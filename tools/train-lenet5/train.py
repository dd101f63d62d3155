#!/usr/bin/env python3
"""Train LeNet-5 on MNIST and write its weights as a safetensors file.

Architecture: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based
Learning Applied to Document Recognition", Proc. IEEE 86(11), 1998, section
II-B, in its usual modern form: plain tanh, parameter-free 2x2 average pooling,
full connectivity in the second convolution, and a linear last layer trained
with softmax and cross-entropy.  61,706 parameters.

    32x32x1 -> conv1 6@5x5 tanh -> mean 2x2 -> conv2 16@5x5 tanh -> mean 2x2
            -> conv3 120@5x5 tanh -> fc1 84 tanh -> fc2 10

Input: pixel / 255, background 0, the 28x28 digit zero-padded by 2 on each side.

Recipe: AdamW with a one-cycle learning rate, batches of 128, weight decay on
the weights, a new small random affine and elastic distortion of every digit in
every epoch, and an exponential moving average of the parameters, which is what
is evaluated and saved.  Training uses the 60,000 training digits only; the
test digits are read once, after the last epoch.  With --holdout N the last N
training digits are kept out and scored every epoch, and the test digits are
left alone: use that for choosing settings.
"""
import argparse
import copy
import gzip
import json
import math
import os
import struct
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

LAYERS = ("conv1", "conv2", "conv3", "fc1", "fc2")


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.conv3 = nn.Conv2d(16, 120, 5)
        self.fc1 = nn.Linear(120, 84)
        self.fc2 = nn.Linear(84, 10)
        for name in LAYERS:
            layer = getattr(self, name)
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = torch.tanh(self.conv3(x)).flatten(1)
        return self.fc2(torch.tanh(self.fc1(x)))


def read_idx(path, magic):
    """An IDX file of unsigned bytes: 2051 is images (three dimensions), 2049 labels (one)."""
    with gzip.open(path, "rb") as f:
        data = f.read()
    dims = magic & 0xFF
    found, *shape = struct.unpack_from(f">{1 + dims}I", data)
    if found != magic:
        raise SystemExit(f"{path}: magic number {found}, expected {magic}")
    body = np.frombuffer(data, np.uint8, offset=4 + 4 * dims)
    if body.size != math.prod(shape):
        raise SystemExit(f"{path}: {body.size} bytes of data, expected {math.prod(shape)}")
    return body.reshape(shape)


def load(folder, part):
    images = read_idx(os.path.join(folder, f"{part}-images-idx3-ubyte.gz"), 2051)
    labels = read_idx(os.path.join(folder, f"{part}-labels-idx1-ubyte.gz"), 2049)
    if len(images) != len(labels):
        raise SystemExit(f"{part}: {len(images)} images but {len(labels)} labels")
    x = torch.from_numpy(images.astype(np.float32) / 255.0)[:, None]
    return F.pad(x, (2, 2, 2, 2)), torch.from_numpy(labels.astype(np.int64))


def distort(x, degrees, scale, shift, elastic):
    """Each image of the batch gets its own rotation, scaling, shift (pixels) and smooth warp."""
    n, _, h, w = x.shape

    def uniform(limit):
        return (torch.rand(n) * 2 - 1) * limit

    angle = uniform(math.radians(degrees))
    sx, sy = 1 + uniform(scale), 1 + uniform(scale)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack((sx * cos, -sy * sin, uniform(2 * shift / w),
                         sx * sin, sy * cos, uniform(2 * shift / h)), 1).view(n, 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    if elastic > 0:
        coarse = torch.randn(n, 2, 6, 6) * (2 * elastic / w)
        warp = F.interpolate(coarse, size=(h, w), mode="bicubic", align_corners=True)
        grid = grid + warp.permute(0, 2, 3, 1)
    return F.grid_sample(x, grid, align_corners=False)


def errors(net, x, y):
    net.eval()
    with torch.no_grad():
        wrong = sum(int((net(a).argmax(1) != b).sum()) for a, b in zip(x.split(1000), y.split(1000)))
    net.train()
    return wrong


def save_safetensors(path, net, metadata):
    """Eight bytes of header length, a JSON header padded to a multiple of eight, the data."""
    header, chunks, end = {"__metadata__": metadata}, [], 0
    for name in (f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias")):
        array = net.state_dict()[name].numpy().astype("<f4")
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
        chunks.append(array.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def main():
    p = argparse.ArgumentParser(description="Train LeNet-5 on MNIST; write a safetensors file.")
    p.add_argument("--data", required=True, metavar="DIR", help="folder of the four MNIST .gz files")
    p.add_argument("--out", required=True, metavar="FILE", help="safetensors file to write")
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--seed", type=int, default=1998)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rate", type=float, default=4e-3, help="peak learning rate")
    p.add_argument("--decay", type=float, default=0.02, help="weight decay (AdamW, decoupled)")
    p.add_argument("--average", type=float, default=0.998, help="decay of the moving average")
    p.add_argument("--degrees", type=float, default=10, help="largest rotation")
    p.add_argument("--scale", type=float, default=0.10, help="largest change of scale")
    p.add_argument("--shift", type=float, default=2, help="largest shift, in pixels")
    p.add_argument("--elastic", type=float, default=0.5, help="elastic warp, in pixels (sigma)")
    p.add_argument("--holdout", type=int, default=0, help="training digits kept out for choices")
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()

    torch.manual_seed(a.seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(a.threads)

    x, y = load(a.data, "train")
    kept = len(x) - a.holdout
    net = LeNet5()
    mean = copy.deepcopy(net)
    weights = [q for q in net.parameters() if q.dim() > 1]
    biases = [q for q in net.parameters() if q.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": weights, "weight_decay": a.decay},
                                   {"params": biases, "weight_decay": 0.0}], lr=a.rate)
    steps = -(-kept // a.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=a.rate, pct_start=0.2,
                                                   total_steps=a.epochs * steps)
    print(f"LeNet-5, {sum(q.numel() for q in net.parameters())} parameters; {kept} training digits; "
          f"PyTorch {torch.__version__}, {a.threads} threads")
    print("settings:", " ".join(f"{k}={v}" for k, v in vars(a).items() if k not in ("data", "out")), flush=True)

    start = time.time()
    for epoch in range(1, a.epochs + 1):
        total, wrong = 0.0, 0
        for index in torch.randperm(kept).split(a.batch):
            out = net(distort(x[index], a.degrees, a.scale, a.shift, a.elastic))
            loss = F.cross_entropy(out, y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(index)
            wrong += int((out.argmax(1) != y[index]).sum())
            with torch.no_grad():
                for m, q in zip(mean.parameters(), net.parameters()):
                    m.lerp_(q, 1 - a.average)
        line = f"epoch {epoch:2d}  loss {total / kept:.4f}  distorted training errors {wrong / kept:.2%}"
        if a.holdout:
            line += f"  held-out errors {errors(mean, x[kept:], y[kept:])} of {a.holdout}"
        print(f"{line}  {time.time() - start:.0f} s", flush=True)

    meta = {"model": "LeNet-5", "data": "MNIST, 60,000 training digits", "seed": str(a.seed),
            "epochs": str(a.epochs), "input": "32x32x1, pixel/255, digit zero-padded by 2"}
    if not a.holdout:
        clean = errors(mean, x, y)
        tx, ty = load(a.data, "t10k")
        wrong = errors(mean, tx, ty)
        print(f"undistorted training errors {clean} of {len(x)}")
        print(f"test accuracy {1 - wrong / len(tx):.2%}  ({wrong} errors of {len(tx)})")
        meta["test_accuracy"] = f"{1 - wrong / len(tx):.4f}"
    else:
        meta["data"] = f"MNIST, first {kept} training digits"
    save_safetensors(a.out, mean, meta)


if __name__ == "__main__":
    main()
