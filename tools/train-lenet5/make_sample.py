#!/usr/bin/env python3
"""Write the first N MNIST test digits and their labels as two gzipped IDX files.

The output is the same bytes on every run: the gzip header has no time and no
file name.  MNIST: Y. LeCun, C. Cortes, CC BY-SA 3.0.
"""
import argparse
import gzip
import os
import struct


def cut(source, target, magic, count):
    with gzip.open(source, "rb") as f:
        data = f.read()
    dims = magic & 0xFF
    found, total, *item = struct.unpack_from(f">{1 + dims}I", data)
    if found != magic or total < count:
        raise SystemExit(f"{source}: magic number {found} and {total} items; "
                         f"expected {magic} and {count} at least")
    size = 1
    for n in item:
        size *= n
    start = 4 + 4 * dims
    head = struct.pack(f">{1 + dims}I", magic, count, *item)
    with open(target, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(head + data[start:start + count * size])
    print(f"{target}: {count} items, {os.path.getsize(target)} bytes")


def main():
    p = argparse.ArgumentParser(description="Cut a sample from the MNIST test digits.")
    p.add_argument("--data", required=True, metavar="DIR", help="folder of the MNIST .gz files")
    p.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    p.add_argument("--count", type=int, default=1000)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for kind, magic in (("images-idx3", 2051), ("labels-idx1", 2049)):
        cut(os.path.join(a.data, f"t10k-{kind}-ubyte.gz"),
            os.path.join(a.out, f"digits-{a.count}-{kind}-ubyte.gz"), magic, a.count)


if __name__ == "__main__":
    main()
