"""Writes the files in Fixtures, with h5py (3.7.0 on HDF5 1.10.8), in the layouts that Keras 2 and 3 save models in.

    python3 make-fixtures.py Fixtures

Each array's numbers follow from its place in the list of a model's arrays and from each number's own place, so that tests know
them without a reader: KerasFixture.Expected has the same formula.
"""

import io
import json
import sys
import zipfile

import h5py
import numpy as np

FOLDER = sys.argv[1]


def numbers(index, shape, dtype="f4"):
    count = int(np.prod(shape))
    values = ((7919 * np.arange(count) + 104729 * index) % 257 - 128) / 256
    if index in POSITIVE:
        values = np.abs(values) + 0.5
    return values.reshape(shape).astype(dtype)


# The model of all fixtures but the last: 6 x 6 x 3 -> conv -> batch normalisation -> ReLU -> depthwise -> pool -> flatten -> dense.
ARRAYS = [
    ("conv2d", "kernel", (3, 3, 3, 4)),
    ("conv2d", "bias", (4,)),
    ("batch_normalization", "beta", (4,)),
    ("batch_normalization", "moving_mean", (4,)),
    ("batch_normalization", "moving_variance", (4,)),
    ("depthwise_conv2d", "depthwise_kernel", (3, 3, 4, 2)),
    ("depthwise_conv2d", "bias", (8,)),
    ("dense", "kernel", (3 * 2 * 8, 5)),
    ("dense", "bias", (5,)),
]
POSITIVE = {4}
INPUT = [None, 6, 5, 3]


def layer(name, settings, generation, reads, shape=INPUT):
    class_name, node = name
    entry = {"class_name": class_name, "config": {"name": node, **settings}}
    if generation == 3:
        entry = {"module": "keras.layers", **entry, "registered_name": None, "build_config": {"input_shape": shape}}
    if reads is not None:
        entry["name"] = node
        if generation == 2:
            entry["inbound_nodes"] = [[[each, 0, 0, {}] for each in reads]] if reads else []
        else:
            tensors = [
                {"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": "float32", "keras_history": [each, 0, 0]}}
                for each in reads
            ]
            entry["inbound_nodes"] = [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}] if reads else []
    return entry


def main_layers(generation, functional):
    batch = "batch_shape" if generation == 3 else "batch_input_shape"
    rows = [
        (("InputLayer", "images"), {batch: INPUT, "dtype": "float32"}),
        (
            ("Conv2D", "conv2d"),
            {"filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "data_format": "channels_last",
             "dilation_rate": [1, 1], "groups": 1, "activation": "linear", "use_bias": True},
        ),
        (
            ("BatchNormalization", "batch_normalization"),
            {"axis": [3] if generation == 2 else -1, "momentum": 0.99, "epsilon": 0.01, "center": True, "scale": False},
        ),
        (("ReLU", "re_lu"), {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}),
        (
            ("DepthwiseConv2D", "depthwise_conv2d"),
            {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "data_format": "channels_last", "dilation_rate": [1, 1],
             "depth_multiplier": 2, "activation": "tanh", "use_bias": True},
        ),
        (("MaxPooling2D", "max_pooling2d"), {"pool_size": [2, 2], "padding": "valid", "strides": [2, 2], "data_format": "channels_last"}),
        (("Flatten", "flatten"), {"data_format": "channels_last"}),
        (("Dropout", "dropout"), {"rate": 0.5}),
        (("Dense", "dense"), {"units": 5, "activation": "softmax", "use_bias": True}),
    ]
    layers = []
    before = None
    for name, settings in rows:
        reads = None if not functional else [] if before is None else [before]
        layers.append(layer(name, settings, generation, reads))
        before = name[1]
    return layers


def sequential(generation):
    config = {"name": "sequential", "layers": main_layers(generation, functional=False)}
    if generation == 2:
        # Keras 2 leaves the input layer out as often as not, and says the shape with the first layer.
        config["layers"][1]["config"]["batch_input_shape"] = INPUT
        del config["layers"][0]
    return {"class_name": "Sequential", "config": config}


def functional(generation):
    config = {"name": "model", "layers": main_layers(generation, functional=True)}
    ends = {"input_layers": ["images", 0, 0], "output_layers": ["dense", 0, 0]}
    config |= {key: [value] if generation == 2 else value for key, value in ends.items()}
    return {"class_name": "Functional", "config": config}


def write_legacy(group, arrays=ARRAYS, suffix=":0", **storage):
    names = ["images"] + list(dict.fromkeys(name for name, _, _ in arrays)) + ["flatten"]
    group.attrs["layer_names"] = [name.encode("utf8") for name in names]
    group.attrs["backend"] = "tensorflow".encode("utf8")
    group.attrs["keras_version"] = "2.4.0".encode("utf8")
    for name in names:
        inner = group.create_group(name)
        own = [(i, row) for i, row in enumerate(arrays) if row[0] == name]
        inner.attrs["weight_names"] = [f"{name}/{row[1]}{suffix}".encode("utf8") for _, row in own]
        for i, row in own:
            data = numbers(i, row[2], storage.get("dtype", "f4"))
            chunked = {key: value for key, value in storage.items() if key != "dtype"}
            if chunked:
                chunked = {"chunks": tuple(max(1, (extent + 1) // 2) for extent in row[2]), **chunked}
            inner.create_dataset(f"{name}/{row[1]}{suffix}", data=data, **chunked)


def write_compact(group, name, data):
    space = h5py.h5s.create_simple(data.shape)
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(data.dtype), space, settings)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def write_numbered(file, track_order, container="layers", gamma=True):
    """Where nothing says that a batch normalisation has no gamma, it has one: the tenth array."""
    layers = file.create_group(container, track_order=track_order)
    seen = {}
    arrays = list(enumerate(ARRAYS))
    if gamma:
        arrays.insert(2, (9, ("batch_normalization", "gamma", (4,))))
    for i, (name, _, shape) in arrays:
        if name not in seen:
            seen[name] = layers.create_group(name, track_order=track_order).create_group("vars", track_order=track_order)
            # As later versions of Keras 3 do.
            seen[name].attrs["name"] = name
        seen[name][str(len(seen[name]))] = numbers(i, shape)
    for name in ("input_layer", "re_lu", "max_pooling2d", "flatten", "dropout"):
        layers.create_group(name, track_order=track_order).create_group("vars", track_order=track_order)
    seeds = layers["dropout"].create_group("seed_generator").create_group("vars")
    seeds["0"] = np.array([1, 2], dtype="u4")
    optimizer = file.create_group("optimizer").create_group("vars")
    optimizer["0"] = np.array(7, dtype="i8")
    optimizer["1"] = numbers(0, (3, 3, 3, 4))
    file.create_group("vars")


def h5(name, **options):
    return h5py.File(f"{FOLDER}/{name}", "w", **options)


# A whole model, as Keras 2 saves it: texts of the configuration as bytes, optimizer state beside the model.
with h5("keras2-model.h5") as file:
    file.attrs["keras_version"] = "2.4.0".encode("utf8")
    file.attrs["backend"] = "tensorflow".encode("utf8")
    file.attrs["model_config"] = json.dumps(sequential(2)).encode("utf8")
    file.attrs["training_config"] = json.dumps({"loss": "mse"}).encode("utf8")
    write_legacy(file.create_group("model_weights"))
    state = file.create_group("optimizer_weights")
    state.attrs["weight_names"] = ["iter:0".encode("utf8")]
    state["iter:0"] = np.array(3, dtype="i8")

# The same, functional, texts of any length, and a user's block in front.
with h5("keras2-functional.h5", userblock_size=512) as file:
    file.attrs["model_config"] = json.dumps(functional(2))
    write_legacy(file.create_group("model_weights"))

# Weights alone, packed.
with h5("keras2-packed.h5") as file:
    write_legacy(file, compression="gzip", shuffle=True, fletcher32=True)

# Weights alone: double precision, texts of any length, Keras 3's names.
with h5("keras3-legacy-f64.h5") as file:
    write_legacy(file, suffix="", dtype="f8")
    file.attrs["layer_names"] = [name.encode("utf8") for name in file.attrs["layer_names"]]
    for name in file:
        file[name].attrs.create("weight_names", list(file[name].attrs["weight_names"]), dtype=h5py.string_dtype())

# Weights alone: big endian, half precision and compact, in the newest format of the file.
with h5("newest.h5", libver="latest") as file:
    write_legacy(file, dtype=">f4")
    name = "dense"
    del file[name][name]["bias:0"], file[name][name]["kernel:0"]
    write_compact(file[name][name], "bias:0", numbers(8, (5,), "f4"))
    file[name][name]["kernel:0"] = numbers(7, (48, 5), "f2")

# Weights alone, as Keras 3 numbers them; groups keep their order, and have more members than fit into a header.
with h5("keras3.weights.h5") as file:
    write_numbered(file, track_order=True)
with h5("keras2.13.weights.h5") as file:
    write_numbered(file, track_order=False, container="_layer_checkpoint_dependencies")

# A whole model as Keras 3 saves it.
weights = io.BytesIO()
with h5py.File(weights, "w") as file:
    write_numbered(file, track_order=False, gamma=False)
for name, model in (("keras3-sequential.keras", sequential(3)), ("keras3-functional.keras", functional(3))):
    with zipfile.ZipFile(f"{FOLDER}/{name}", "w") as archive:
        for member, content in (
            ("metadata.json", json.dumps({"keras_version": "3.5.0", "date_saved": "2026-01-01@00:00:00"})),
            ("config.json", json.dumps({"module": "keras", **model, "registered_name": "Functional", "build_config": {"input_shape": INPUT}})),
            ("model.weights.h5", weights.getvalue()),
        ):
            archive.writestr(zipfile.ZipInfo(member), content)

# Groups of hundreds of members, and many attributes, whose lists need trees of several levels.
with h5("groups.h5") as file:
    for name, ordered in (("table", False), ("heap", True)):
        group = file.create_group(name, track_order=ordered)
        member = file.create_group(f"{name} member")
        for i in range(700):
            group[f"member {i}"] = member
        for i in range(40):
            group.attrs[f"attribute {i}"] = f"text {i}"

# A batch normalisation of three arrays, which is not said.
with h5("unsaid.weights.h5") as file:
    write_numbered(file, track_order=False, gamma=False)

# A group that has itself as a member.
with h5("loop.weights.h5") as file:
    write_numbered(file, track_order=False)
    file["layers"]["layers"] = file["layers"]
    file["layers"]["conv2d"]["layers"] = file["layers"]
    file["layers"]["conv2d"]["vars"]["vars"] = file["layers"]["conv2d"]
